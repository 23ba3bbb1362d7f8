/** The forms that bounds are derived from are those of the secure interpreter, after every step of every kind of model. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { dryKernels, noWork } from '../../src/kernels/dry.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { modelFor } from '../../src/models/index.ts';
import { Masked } from '../../src/mpc/values.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import type { Activation, AttentionOptions, Ops } from '../../src/ops/ops.ts';
import { type Ranged, RangeOps } from '../../src/ops/plain-ranges.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { formOf, type Secure } from '../../src/ops/secure-values.ts';
import { Sites } from '../../src/ops/sites.ts';
import { storedRing } from '../../src/rings/model-ring.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { Buffers } from '../../src/transport/buffers.ts';
import { sample } from '../cases.ts';
import { type Format, three } from '../mpc/parties.ts';

const MODELS = readdirSync(join(projectRoot(), 'test/golden/models'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const { defaults, models } = loadRegistry();
const RING = defaults.ring;
/** A residual stream with fractional bits of its own, and places with rings of their own. */
const OWN: ModelRing = {
  ...{ ...RING, table: { bits: 44, frac: 24 }, residual: { frac: 24 }, vector: { bits: 60 } },
  integers: { scores: 14, values: 12, activation: 12, product: 20, logits: 16 },
  sites: {
    ...{ down: { bits: 60, results: 24 }, 'layer.0.query': { bits: 48, input: 12 }, head: { results: 20 } },
    ...{ 'layer.1.attention.values': { integers: 16 }, 'up.activation': { integers: 16 } },
  },
};
/** One of each kind. */
const KINDS = ['bf16-three-labels', 'bare-relu', 'roberta-three-labels', 'gpt2-untied', 'llama-grouped', 'qwen2'];
const RINGS: [string, ModelRing, string[]][] = [
  ['default rings', RING, MODELS],
  ['rings of single places', OWN, sample(KINDS, MODELS)],
  ['rings of large models', models.get('llama-7b')!.ring, KINDS],
  ['linear ring 64,14,20', { ...RING, linear: { bits: 64, input: 14, weight: 20, results: 14 } }, KINDS],
];

type Pair = { secure: Secure; ranged: Ranged };

/** The options as one of both interpreters takes them. */
const of = (side: keyof Pair, { bias, ...options }: AttentionOptions<Pair>) => ({
  ...options,
  ...(bias ? { bias: { ...bias, table: bias.table[side] } } : {}),
});

/** Both interpreters, step by step: after each of them the forms must be equal. */
class PairOps implements Ops<Pair> {
  constructor(
    private readonly secure: Ops<Secure>,
    private readonly ranged: RangeOps,
  ) {}

  private async both(what: string, secure: Promise<Secure>, ranged: Promise<Ranged>): Promise<Pair> {
    const pair = { secure: await secure, ranged: await ranged };
    const { bits, frac, masked } = pair.ranged;
    expect({ what, bits, frac, masked }).toEqual({ what, ...formOf(pair.secure) });
    return pair;
  }

  embed = (x: Pair, name: string) =>
    this.both(name, this.secure.embed(x.secure, name), this.ranged.embed(x.ranged, name));
  rows = (...at: [string, number, number]) => this.both(at[0], this.secure.rows(...at), this.ranged.rows(...at));
  linear = (x: Pair, name: string) =>
    this.both(name, this.secure.linear(x.secure, name), this.ranged.linear(x.ranged, name));
  add = (name: string, ...terms: Pair[]) =>
    this.both(
      name,
      this.secure.add(name, ...terms.map(({ secure }) => secure)),
      this.ranged.add(name, ...terms.map(({ ranged }) => ranged)),
    );
  normalise = (x: Pair, e: number, name: string) =>
    this.both(name, this.secure.normalise(x.secure, e, name), this.ranged.normalise(x.ranged, e, name));
  normaliseRms = (x: Pair, e: number, name: string) =>
    this.both(name, this.secure.normaliseRms(x.secure, e, name), this.ranged.normaliseRms(x.ranged, e, name));
  gain = (x: Pair, name: string) => this.both(name, this.secure.gain(x.secure, name), this.ranged.gain(x.ranged, name));
  attention = (q: Pair, k: Pair, v: Pair, mask: Pair | undefined, options: AttentionOptions<Pair>) =>
    this.both(
      'attention',
      this.secure.attention(
        q.secure,
        k.secure,
        v.secure,
        mask?.secure,
        of('secure', options) as AttentionOptions<never>,
      ),
      this.ranged.attention(
        q.ranged,
        k.ranged,
        v.ranged,
        mask?.ranged,
        of('ranged', options) as AttentionOptions<never>,
      ),
    );
  activation = (x: Pair, kind: Activation, name: string) =>
    this.both(kind, this.secure.activation(x.secure, kind, name), this.ranged.activation(x.ranged, kind, name));
  multiply = (x: Pair, y: Pair, name: string) =>
    this.both(
      'multiply',
      this.secure.multiply(x.secure, y.secure, name),
      this.ranged.multiply(x.ranged, y.ranged, name),
    );
  inRows = (x: Pair, width: number) =>
    this.both('inRows', this.secure.inRows(x.secure, width), this.ranged.inRows(x.ranged, width));
  row = (x: Pair, i: number) => this.both('row', this.secure.row(x.secure, i), this.ranged.row(x.ranged, i));
  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<Pair>) => Promise<R[I]> }): Promise<R> {
    const one = (branch: (ops: Ops<Pair>) => Promise<unknown>) => (secure: Ops<Secure>) =>
      branch(new PairOps(secure, this.ranged));
    return this.secure.all(...branches.map(one)) as unknown as Promise<R>;
  }
  stage<R>(given: R, work: (ops: Ops<Pair>, given: R) => Promise<R>): Promise<R> {
    return work(this, given);
  }
  tap = async () => {};
}

/** Forms do not depend on values, nor on masks: nothing is computed. */
const work = noWork();
const FORMS_ONLY = { kernels: dryKernels(() => work), buffers: () => new Buffers() };

function zeros({ bits, frac, shape }: Format & { frac: number; shape: readonly number[] }): Masked {
  const n = shape.reduce((a, b) => a * b, 1);
  return new Masked(shape, bits, frac, new BigUint64Array(n), new BigUint64Array(n));
}

describe('forms are those of the secure interpreter', () => {
  describe.each(RINGS)('%s', (_, ring, names) => {
    test.each(names)('%s', async (name) => {
      const checkpoint = await openCheckpoint(join(projectRoot(), 'test/golden/models', name));
      await checkpoint.close();
      const model = modelFor(checkpoint.config);
      const forms = new Map(model.plan().map((t) => [t.name, { ...storedRing(t, ring), shape: t.shape }]));
      const tokens = 3;
      const held = () => new Map([...forms].map(([key, form]) => [key, zeros(form)]));
      const rowsForm = { bits: ring.table.bits, frac: 0, shape: [tokens, model.rowWidth] };
      await three(async (party) => {
        const weights = heldWeights(held());
        const ranged = new RangeOps({ ring, form: (key) => forms.get(key), sites: new Sites() });
        const ops = new PairOps(new SecureOps(party, { ring, weights }), ranged);
        const width = { width: model.rowWidth, hot: [] };
        const rows = { secure: zeros(rowsForm), ranged: ranged.hot(width, ring.table.bits) };
        const mask = { secure: zeros({ bits: 48, frac: 0, shape: [1, tokens] }), ranged: ranged.mask([1, 1, 1]) };
        const out = await model.forward<Pair>(ops, { tokens, rows, mask });
        ranged.reveal(out.ranged, model.head.argmax);
      }, FORMS_ONLY);
    });
  });
});

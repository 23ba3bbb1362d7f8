/** The forms that bounds are derived from are those of the secure interpreter, after every step of every kind of model. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { projectRoot } from '../../src/loaders/registry.ts';
import { type Ring, storedRing } from '../../src/loaders/rings.ts';
import { modelFor } from '../../src/models/index.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import type { Activation, AttentionOptions, Ops } from '../../src/ops/ops.ts';
import { type Ranged, RangeOps } from '../../src/ops/plain-ranges.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { formOf, type Secure } from '../../src/ops/secure-values.ts';
import { Sites } from '../../src/ops/sites.ts';
import { maskedReals, three } from '../mpc/parties.ts';

const RING: Ring = {
  bits: 64,
  fractionBits: 18,
  linear: { bits: 52, input: 18, weight: 18 },
  table: { bits: 32 },
  vector: { bits: 48 },
};

type Pair = { secure: Secure; ranged: Ranged };

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
  add = (...terms: Pair[]) =>
    this.both(
      'add',
      this.secure.add(...terms.map(({ secure }) => secure)),
      this.ranged.add(...terms.map(({ ranged }) => ranged)),
    );
  normalise = (x: Pair, e: number) =>
    this.both('norm', this.secure.normalise(x.secure, e), this.ranged.normalise(x.ranged, e));
  normaliseRms = (x: Pair, e: number) =>
    this.both('rms', this.secure.normaliseRms(x.secure, e), this.ranged.normaliseRms(x.ranged, e));
  gain = (x: Pair, name: string) => this.both(name, this.secure.gain(x.secure, name), this.ranged.gain(x.ranged, name));
  attention = (q: Pair, k: Pair, v: Pair, mask: Pair | undefined, options: AttentionOptions<Pair>) =>
    this.both(
      'attention',
      this.secure.attention(q.secure, k.secure, v.secure, mask?.secure, options as AttentionOptions<never>),
      this.ranged.attention(q.ranged, k.ranged, v.ranged, mask?.ranged, options as AttentionOptions<never>),
    );
  activation = (x: Pair, kind: Activation) =>
    this.both(kind, this.secure.activation(x.secure, kind), this.ranged.activation(x.ranged, kind));
  multiply = (x: Pair, y: Pair) =>
    this.both('multiply', this.secure.multiply(x.secure, y.secure), this.ranged.multiply(x.ranged, y.ranged));
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

describe('forms are those of the secure interpreter', () => {
  describe.each([
    ['52,18,18', RING.linear],
    ['40,12,13', { bits: 40, input: 12, weight: 13 }],
    ['64,14,20', { bits: 64, input: 14, weight: 20 }],
  ])('linear ring %s', (_, linear) => {
    test.each([
      'bf16-three-labels',
      'bare-relu',
      'roberta-three-labels',
      'gpt2-untied',
      'gpt2-relu',
      'llama-grouped',
      'qwen2',
    ])('%s', async (name) => {
      const ring = { ...RING, linear };
      const checkpoint = await openCheckpoint(join(projectRoot(), 'test/golden/models', name));
      await checkpoint.close();
      const model = modelFor(checkpoint.config);
      const forms = new Map(model.plan().map((t) => [t.name, { ...storedRing(t.kind, ring), shape: t.shape }]));
      const zeros = (shape: readonly number[]) => new Float64Array(shape.reduce((a, b) => a * b));
      const held = new Map([...forms].map(([key, form]) => [key, maskedReals(zeros(form.shape), form)]));
      const tokens = 3;
      const hot = maskedReals(zeros([tokens, model.rowWidth]), { bits: 32, shape: [tokens, model.rowWidth] });
      const padding = maskedReals([1, 1, 1], { bits: 32, shape: [1, tokens] });
      await three(async (party) => {
        const weights = heldWeights(new Map([...held].map(([key, parts]) => [key, parts[party.role]])));
        const ranged = new RangeOps({ ring, form: (key) => forms.get(key), sites: new Sites() });
        const ops = new PairOps(new SecureOps(party, { ring, weights }), ranged);
        const width = { width: model.rowWidth, hot: [] };
        const rows = { secure: hot[party.role], ranged: ranged.hot(width, 32) };
        const mask = { secure: padding[party.role], ranged: ranged.mask([1, 1, 1]) };
        const out = await model.forward<Pair>(ops, { tokens, rows, mask });
        ranged.reveal(out.ranged, model.task === 'generate');
      });
    });
  });
});

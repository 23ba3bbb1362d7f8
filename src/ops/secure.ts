import { ensure } from '../errors.ts';
import { gate, relu, tanh } from '../mpc/gate.ts';
import { addAdditive, raiseAdditive, toAdditive } from '../mpc/local.ts';
import { product } from '../mpc/product.ts';
import { rescale } from '../mpc/truncate.ts';
import { Additive, type Masked } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { integersOf, linearOf } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { WorkKind } from '../work/kinds.ts';
import { activationBound, formBound } from './bounds.ts';
import type { Activation, AttentionOptions, Ops } from './ops.ts';
import { attention } from './secure-attention.ts';
import type { RangeChecks } from './secure-check.ts';
import { groupsOf, linearInput } from './secure-forms.ts';
import { normalise, normaliseRms } from './secure-norm.ts';
import { activationRing, NORM, productRings, type Ring, residualRing } from './secure-rings.ts';
import { additive, rowsFrom, rowsOf, type Secure, wanted, withWidth } from './secure-values.ts';

/** A party's shares of the model, by planned name. Matrices and tables may be too large to hold: they are only multiplied by. */
export type SharedWeights = {
  has(name: string): boolean;
  form(name: string): Ring & { shape: readonly number[] };
  /** A vector. */
  get(name: string): Promise<Masked>;
  /** Rows from .. from + count - 1 of a table. -> [count, width] */
  rows(name: string, from: number, count: number): Promise<Masked>;
  /** x [n, k] by the weight [k, width], or by [width, k] transposed (mpc/mirror.ts). -> [n, width] */
  times(party: Party, x: Masked, name: string, transposed: boolean): Promise<Additive>;
};

export type SecureOptions = {
  ring: ModelRing;
  weights: SharedWeights;
  /** Called with every value the model names; may open it (compare-plaintext) or only note progress. */
  onTap?(party: Party, name: string, x: Secure): void | Promise<void>;
  /** Collects what is to be checked, if anything is. */
  checks?: RangeChecks | undefined;
};

/** The secure interpreter: the same program at all three parties. */
export class SecureOps implements Ops<Secure> {
  constructor(
    private readonly party: Party,
    private readonly options: SecureOptions,
  ) {}

  async embed(rows: Secure, name: string): Promise<Secure> {
    return this.party.during('embedding', async (party) => {
      const { weights } = this.options;
      const hot = await wanted(party, rows, { bits: Math.min(rows.bits, weights.form(name).bits), frac: 0 });
      return weights.times(party, hot, name, false);
    });
  }

  async rows(name: string, from: number, count: number): Promise<Secure> {
    return this.party.during('embedding', async (party) => {
      return toAdditive(party, await this.options.weights.rows(name, from, count));
    });
  }

  async linear(x: Secure, name: string): Promise<Secure> {
    return this.party.during(kindOf(name), async (party) => {
      const { weights, ring, checks } = this.options;
      const input = await wanted(party, x, linearInput(x, weights.form(`${name}.weight`), linearOf(ring, name)));
      const out = await weights.times(party, input, `${name}.weight`, true);
      const bias = weights.has(`${name}.bias`) ? await weights.get(`${name}.bias`) : undefined;
      const result = bias ? sumOf(party, out, repeat(party, toAdditive(party, bias), rowsOf(x))) : out;
      checks?.note(party, 'linear', name, result, formBound(result).most);
      return result;
    });
  }

  /**
   * Sums are additive. Terms of products are summed as they are. A sum that the residual stream is a part of is made in its ring: what is
   * new is brought there first, one truncation as its reader would take, so that the stream may become as large as Z_2^64 holds. One term
   * alone is where a stream begins.
   */
  async add(place: string, ...terms: Secure[]): Promise<Secure> {
    return this.party.during('norm', async (party) => {
      const { streams, groups, stays } = groupsOf(terms, residualRing(this.options.ring));
      const sums = groups.map((group) => sumOf(party, ...group));
      if (stays) {
        this.options.checks?.note(party, 'residual', place, sums[0]!, formBound(sums[0]!).most);
        return sums[0]!;
      }
      const to = residualRing(this.options.ring);
      const brought = (await party.all(...sums.map((sum) => (p: Party) => rescale(p, sum, to)))) as Additive[];
      return sumOf(party, ...streams, ...brought);
    });
  }

  async normalise(x: Secure, epsilon: number, place: string): Promise<Secure> {
    return this.party.during('norm', async (party) => {
      const { entries, scaled } = await this.stream(party, x, epsilon, place);
      return normalise(party, entries, scaled, this.normed());
    });
  }

  async normaliseRms(x: Secure, epsilon: number, place: string): Promise<Secure> {
    return this.party.during('norm', async (party) => {
      const { entries, scaled } = await this.stream(party, x, epsilon, place);
      return normaliseRms(party, entries, scaled, this.normed());
    });
  }

  private normed(): Ring {
    const { bits, input } = this.options.ring.linear;
    return { bits, frac: input };
  }

  /** x times 2^s as norms take it, with epsilon 2^2s: no norm sees a power of two. s: how many more fractional bits the stream has. */
  private async stream(
    party: Party,
    x: Secure,
    epsilon: number,
    place: string,
  ): Promise<{ entries: Additive; scaled: number }> {
    const ring = residualRing(this.options.ring);
    const { shape, bits, share } = await rescale(party, additive(party, x), ring);
    const more = ring.frac - NORM.input.frac;
    const entries = new Additive(shape, bits, NORM.input.frac, share);
    // Half the norm of a row that is beyond: most of its sums are larger
    const limit = 2 ** (NORM.high / 2 - 1) * Math.sqrt(shape[1]!);
    this.options.checks?.note(party, 'norm', place, entries, limit, shape[1]!);
    return { entries, scaled: epsilon * 4 ** more };
  }

  async gain(x: Secure, name: string): Promise<Secure> {
    return this.party.during('norm', async (party) => {
      const { weights } = this.options;
      const gain = await weights.get(`${name}.weight`);
      ensure('second' in x, 'gain takes a masked value');
      const scaled = await product(party, x, gain);
      if (!weights.has(`${name}.bias`)) return scaled;
      return sumOf(party, scaled, repeat(party, toAdditive(party, await weights.get(`${name}.bias`)), rowsOf(x)));
    });
  }

  async attention(
    q: Secure,
    k: Secure,
    v: Secure,
    mask: Secure | undefined,
    options: AttentionOptions<Secure>,
  ): Promise<Secure> {
    const { ring, checks } = this.options;
    const integers = {
      scores: integersOf(ring, 'scores', options.name),
      values: integersOf(ring, 'values', options.name),
    };
    const padding = mask as Masked | undefined;
    return this.party.during('attention', (party) => attention(party, q, k, v, padding, options, { integers, checks }));
  }

  async activation(x: Secure, kind: Activation, name: string): Promise<Secure> {
    return this.party.during('activation', async (party) => {
      const integers = integersOf(this.options.ring, 'activation', name);
      const { most } = activationBound(kind, integers);
      this.options.checks?.note(party, 'activation', name, additive(party, x), most);
      const input = await wanted(party, x, activationRing(integers));
      if (kind === 'relu') return relu(party, input);
      if (kind === 'tanh') return tanh(party, input);
      return gate(party, input, kind);
    });
  }

  async multiply(x: Secure, y: Secure, name: string): Promise<Secure> {
    return this.party.during('activation', async (party) => {
      const rings = productRings(integersOf(this.options.ring, 'product', name), x.frac);
      const [first, second] = await party.all(
        (p) => wanted(p, x, rings.gate),
        (p) => wanted(p, y, rings.value),
      );
      const both = await product(party, first, second);
      this.options.checks?.note(party, 'product', name, both, formBound(both).most);
      return both;
    });
  }

  async inRows(x: Secure, width: number): Promise<Secure> {
    return withWidth(x, width);
  }

  async row(x: Secure, index: number): Promise<Secure> {
    return rowsFrom(x, index, 1);
  }

  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<Secure>) => Promise<R[I]> }): Promise<R> {
    return this.party.all<R>(
      ...(branches.map((branch) => (party: Party) => branch(new SecureOps(party, this.options))) as never),
    );
  }

  stage<R>(given: R, work: (ops: Ops<Secure>, given: R) => Promise<R>): Promise<R> {
    return this.party.stage(given, (party) => work(new SecureOps(party, this.options), given));
  }

  async tap(name: string, x: Secure): Promise<void> {
    await this.options.onTap?.(this.party, name, x);
  }
}

/** Layers are named layer.i; what comes after them is the head. */
const kindOf = (name: string): WorkKind => (name.startsWith('layer.') ? 'linear' : 'head');

/** Additive, with the fractional bits of the finest term. */
function sumOf(party: Party, ...terms: Secure[]): Additive {
  const frac = Math.max(...terms.map((term) => term.frac));
  const raised = terms.map((term) => raiseAdditive(party, additive(party, term), frac - term.frac));
  return addAdditive(party, raised);
}

/** A vector [cols] as every row of [rows, cols]. */
function repeat(party: Party, x: Additive, rows: number): Additive {
  const shape = [rows, x.size];
  if (!x.share) return new Additive(shape, x.bits, x.frac, undefined);
  const out = party.lanes(rows * x.size);
  for (let r = 0; r < rows; r++) out.set(x.share, r * x.size);
  return new Additive(shape, x.bits, x.frac, out);
}

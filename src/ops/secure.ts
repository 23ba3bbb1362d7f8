import { ensure } from '../errors.ts';
import { gate, relu, tanh } from '../mpc/gate.ts';
import { addAdditive, raiseAdditive, reduce, toAdditive } from '../mpc/local.ts';
import { matmul, product } from '../mpc/product.ts';
import { Additive, type Masked } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import type { Activation, AttentionOptions, Ops } from './ops.ts';
import { attention } from './secure-attention.ts';
import { normalise } from './secure-norm.ts';
import { ACTIVATION, LINEAR_HEAD, type ModelRing, NORM } from './secure-rings.ts';
import { additive, colsOf, rowsFrom, rowsOf, type Secure, wanted } from './secure-values.ts';

/** The parties' shares of the model, by planned name. */
export type SharedWeights = { get(name: string): Promise<Masked>; has(name: string): boolean };

export type SecureOptions = {
  ring: ModelRing;
  weights: SharedWeights;
  /** Called with every value the model names; may open it (compare-plaintext) or only note progress. */
  onTap?(party: Party, name: string, x: Secure): void | Promise<void>;
};

/** The secure interpreter: the same program at all three parties. */
export class SecureOps implements Ops<Secure> {
  constructor(
    private readonly party: Party,
    private readonly options: SecureOptions,
  ) {}

  async embed(rows: Secure, name: string): Promise<Secure> {
    const table = await this.options.weights.get(name);
    const hot = await wanted(this.party, rows, { bits: Math.min(rows.bits, table.bits), frac: 0 });
    return this.times(hot, table, colsOf(table), false);
  }

  async rows(name: string, from: number, count: number): Promise<Secure> {
    return rowsFrom(toAdditive(this.party, await this.options.weights.get(name)), from, count);
  }

  async linear(x: Secure, name: string): Promise<Secure> {
    const { weights, ring } = this.options;
    const weight = await weights.get(`${name}.weight`);
    const frac = Math.min(x.frac, ring.linear.input);
    const bits = Math.min(ring.linear.bits, weight.bits, frac + weight.frac + LINEAR_HEAD);
    const input = await wanted(this.party, x, { bits, frac });
    const out = await this.times(input, reduce(weight, bits), rowsOf(weight), true);
    if (!weights.has(`${name}.bias`)) return out;
    return this.add(out, repeat(toAdditive(this.party, await weights.get(`${name}.bias`)), rowsOf(x)));
  }

  /** [n, k] by [k, width], or by [width, k] transposed. */
  private async times(x: Masked, y: Masked, width: number, transposeB: boolean): Promise<Additive> {
    const out = await matmul(this.party, x, y, { batch: 1, m: rowsOf(x), k: colsOf(x), n: width, transposeB });
    return new Additive([rowsOf(x), width], out.bits, out.frac, out.share);
  }

  async add(...terms: Secure[]): Promise<Secure> {
    const frac = Math.max(...terms.map((term) => term.frac));
    const raised = terms.map((term) => raiseAdditive(this.party, additive(this.party, term), frac - term.frac));
    return addAdditive(this.party, raised);
  }

  async normalise(x: Secure, epsilon: number): Promise<Secure> {
    const { bits, input } = this.options.ring.linear;
    return normalise(this.party, await wanted(this.party, x, NORM.input), epsilon, { bits, frac: input });
  }

  async gain(x: Secure, name: string): Promise<Secure> {
    const { weights } = this.options;
    const gain = await weights.get(`${name}.weight`);
    ensure('second' in x, 'gain takes a masked value');
    const scaled = await product(this.party, x, gain);
    return this.add(scaled, repeat(toAdditive(this.party, await weights.get(`${name}.bias`)), rowsOf(x)));
  }

  async attention(
    q: Secure,
    k: Secure,
    v: Secure,
    mask: Secure | undefined,
    options: AttentionOptions,
  ): Promise<Secure> {
    ensure(!options.causal, 'attention: the secure interpreter has no causal masks');
    return attention(this.party, q, k, v, mask as Masked | undefined, options.heads);
  }

  async activation(x: Secure, kind: Activation): Promise<Secure> {
    const input = await wanted(this.party, x, ACTIVATION);
    if (kind === 'relu') return relu(this.party, input);
    if (kind === 'tanh') return tanh(this.party, input);
    return gate(this.party, input, kind);
  }

  async row(x: Secure, index: number): Promise<Secure> {
    return rowsFrom(x, index, 1);
  }

  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<Secure>) => Promise<R[I]> }): Promise<R> {
    return this.party.all<R>(
      ...(branches.map((branch) => (party: Party) => branch(new SecureOps(party, this.options))) as never),
    );
  }

  async tap(name: string, x: Secure): Promise<void> {
    await this.options.onTap?.(this.party, name, x);
  }
}

/** A vector [cols] as every row of [rows, cols]. */
function repeat(x: Additive, rows: number): Additive {
  const shape = [rows, x.size];
  if (!x.share) return new Additive(shape, x.bits, x.frac, undefined);
  const out = new BigUint64Array(rows * x.size);
  for (let r = 0; r < rows; r++) out.set(x.share, r * x.size);
  return new Additive(shape, x.bits, x.frac, out);
}

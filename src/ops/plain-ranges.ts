/**
 * A model in the clear, watched: the plain interpreter, and beside each value the form that the secure one holds it in. Notes how far
 * values go wherever a ring binds them, and the bound (bounds.ts). Without values it notes the bounds alone.
 */
import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import * as bounds from './bounds.ts';
import type { Activation, AttentionOptions, Ops } from './ops.ts';
import { hotInput, maskInput, type PlainValue, type PlainWeights, plainOps } from './plain.ts';
import { attention } from './plain-attention.ts';
import { gaps, largest, rowRange, ScoreRanges } from './plain-measures.ts';
import { ACTIVATION, type ModelRing, NORM, PRODUCT, type Ring, RMS } from './secure-rings.ts';
import type { Form } from './secure-values.ts';
import type { Sites } from './sites.ts';

/** A value: what the sites about it are called after, its form at the parties, its columns, and in the clear. */
export type Ranged = Form & { at: string; what: string; cols: number; value: PlainValue | undefined };

/** The parts of a model as they are shared. */
export type SharedForm = (name: string) => (Ring & { shape: readonly number[] }) | undefined;

export type RangeOptions = {
  ring: ModelRing;
  form: SharedForm;
  sites: Sites;
  /** Left out to note bounds alone. */
  clear?: { kernels: Pick<Kernels, 'matmulFloat'>; weights: PlainWeights };
};

export class RangeOps implements Ops<Ranged> {
  private readonly plain: Ops<PlainValue> | undefined;

  constructor(private readonly options: RangeOptions) {
    const { clear } = options;
    this.plain = clear && plainOps(clear.kernels, clear.weights);
  }

  async embed(rows: Ranged, name: string): Promise<Ranged> {
    const table = this.form(name);
    const form = bounds.weighedForm({ bits: rows.bits, frac: 0 }, table);
    return {
      ...form,
      at: name,
      what: 'rows',
      cols: table.shape[1]!,
      value: await this.clear(rows, (p, x) => p.embed(x, name)),
    };
  }

  async rows(name: string, from: number, count: number): Promise<Ranged> {
    const { bits, frac, shape } = this.form(name);
    const value = await this.plain?.rows(name, from, count);
    return { bits, frac, masked: false, at: name, what: 'rows', cols: shape[1]!, value };
  }

  async linear(x: Ranged, name: string): Promise<Ranged> {
    const weight = this.form(`${name}.weight`);
    const input = bounds.linearInput(x, weight, this.options.ring);
    this.settle(x, input);
    const product = bounds.weighedForm(input, weight);
    const bias = this.options.form(`${name}.bias`);
    const form = bias ? bounds.sumForm([product, bias]) : product;
    return {
      ...form,
      at: name,
      what: 'output',
      cols: weight.shape[0]!,
      value: await this.clear(x, (p, v) => p.linear(v, name)),
    };
  }

  /** Named after the term that a linear layer has just made. */
  async add(...terms: Ranged[]): Promise<Ranged> {
    const { at, cols } = terms.find(({ what }) => what === 'output') ?? terms[0]!;
    const values = terms.map(({ value }) => value!);
    const value = terms.every(({ value }) => value) ? await this.plain?.add(...values) : undefined;
    return { ...bounds.sumForm(terms), at, what: 'residual', cols, value };
  }

  async normalise(x: Ranged, epsilon: number): Promise<Ranged> {
    this.settle(x, NORM.input);
    this.note(`${x.at} variance`, bounds.varianceBound(x.cols), x, (v) => rowRange(v, true, epsilon));
    return this.normed(x, await this.clear(x, (p, v) => p.normalise(v, epsilon)));
  }

  async normaliseRms(x: Ranged, epsilon: number): Promise<Ranged> {
    this.settle(x, RMS.input);
    this.note(`${x.at} mean square`, bounds.meanSquareBound(x.cols), x, (v) => rowRange(v, false, epsilon));
    return this.normed(x, await this.clear(x, (p, v) => p.normaliseRms(v, epsilon)));
  }

  private normed({ at, cols }: Ranged, value: PlainValue | undefined): Ranged {
    return { ...bounds.normForm(this.options.ring), at, what: 'normalised', cols, value };
  }

  async gain(x: Ranged, name: string): Promise<Ranged> {
    const product = bounds.productForm(x, this.form(`${name}.weight`));
    const form = bounds.sumForm([product, this.form(`${name}.bias`)]);
    return { ...form, at: name, what: 'gain', cols: x.cols, value: await this.clear(x, (p, v) => p.gain(v, name)) };
  }

  async attention(
    q: Ranged,
    k: Ranged,
    v: Ranged,
    mask: Ranged | undefined,
    { past, ...options }: AttentionOptions<Ranged>,
  ): Promise<Ranged> {
    ensure(!past, 'ranges are those of whole texts');
    const rotary = options.rotary !== undefined;
    for (const x of [q, k]) this.note(siteOf(x), bounds.queryBound(x, rotary), x, largest);
    this.note(siteOf(v), bounds.valueBound(v), v, largest);
    const at = `${q.at.slice(0, q.at.lastIndexOf('.'))}.attention`;
    const { clear } = this.options;
    const seen = new ScoreRanges(mask?.value?.data);
    const value = clear && attention(clear.kernels, q.value!, k.value!, v.value!, mask?.value, options, seen);
    const note = (what: string, bound: bounds.Bound, range: bounds.Bound) =>
      this.options.sites.note(`${at} ${what}`, bound, clear && range);
    note('scores', bounds.FREE, seen.scores);
    note('spread of scores', bounds.SPREAD, seen.spread);
    if (mask) note('padded scores below the largest', bounds.PADDED_BELOW, seen.below);
    if (mask) note('padded scores above the largest', bounds.PADDED_ABOVE, seen.above);
    note('weights times values', bounds.CONTEXT, seen.context);
    return { ...bounds.ATTENDED, at, what: 'result', cols: q.cols, value };
  }

  async activation(x: Ranged, kind: Activation): Promise<Ranged> {
    this.settle(x, ACTIVATION);
    this.note(`${x.at} activation input`, bounds.activationBound(kind), x, largest);
    const value = await this.clear(x, (p, v) => p.activation(v, kind));
    return { ...bounds.activationForm(kind), at: x.at, what: 'activation', cols: x.cols, value };
  }

  async multiply(x: Ranged, y: Ranged): Promise<Ranged> {
    this.settle(x, PRODUCT.first);
    this.settle(y, PRODUCT.second);
    const value = await this.clear(x, (p, v) => p.multiply(v, y.value!));
    const form = bounds.productForm(PRODUCT.first, PRODUCT.second);
    return { ...form, at: `${x.at} by ${y.at}`, what: 'product', cols: x.cols, value };
  }

  async row(x: Ranged, index: number): Promise<Ranged> {
    return { ...x, value: await this.clear(x, (p, v) => p.row(v, index)) };
  }

  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<Ranged>) => Promise<R[I]> }): Promise<R> {
    return Promise.all(branches.map((branch) => branch(this))) as unknown as Promise<R>;
  }

  stage<R>(given: R, work: (ops: Ops<Ranged>, given: R) => Promise<R>): Promise<R> {
    return work(this, given);
  }

  async tap(): Promise<void> {}

  /** The model's output, as the client is shown it; of logits, the largest is looked for as well. */
  reveal(x: Ranged, generates: boolean): void {
    this.note(siteOf(x), bounds.revealedBound(x), x, largest);
    if (!generates) return;
    this.note(siteOf(x), bounds.logitsBound(x), x, largest);
    this.note(`${x.at} spread of logits`, bounds.LOGIT_SPREAD, x, gaps);
  }

  /** Client's rows: ones and zeros in the ring of the tables. */
  hot(hot: { width: number; hot: readonly (readonly number[])[] }, bits: number): Ranged {
    const value = this.plain && hotInput(hot);
    return { bits, frac: 0, masked: true, at: 'input', what: 'rows', cols: hot.width, value };
  }

  mask(mask: readonly number[]): Ranged {
    const value = this.plain && maskInput(mask);
    return { bits: 32, frac: 0, masked: true, at: 'input', what: 'mask', cols: mask.length, value };
  }

  /** x is brought to the ring `to`. */
  private settle(x: Ranged, to: Ring): void {
    if (KNOWN.has(x.what)) return;
    this.note(siteOf(x), bounds.settleBound(x, to), x, largest);
  }

  private note(site: string, bound: bounds.Bound, { value }: Ranged, measure: (x: PlainValue) => bounds.Bound): void {
    this.options.sites.note(site, bound, value && measure(value));
  }

  private async clear(x: Ranged, step: (plain: Ops<PlainValue>, x: PlainValue) => Promise<PlainValue>) {
    return this.plain && x.value ? step(this.plain, x.value) : undefined;
  }

  private form(name: string) {
    const form = this.options.form(name);
    ensure(form, `no tensor ${name}`);
    return form;
  }
}

/** Results that their own mathematics bounds: normalised rows by sqrt(width), activations by their input. */
const KNOWN: ReadonlySet<string> = new Set(['normalised', 'activation']);

const siteOf = ({ at, what }: Ranged): string => `${at} ${what}`;

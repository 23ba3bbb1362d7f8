/**
 * A model in the clear, watched: the plain interpreter, and beside each value the form that the secure one holds it in. Notes how far
 * values go wherever a ring binds them, and the bound (bounds.ts). Without values it notes the bounds alone.
 */
import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { integersOf, linearOf } from '../rings/model-ring.ts';
import type { ModelRing, SiteKind } from '../rings/schema.ts';
import * as bounds from './bounds.ts';
import type { Activation, AttentionOptions, Ops } from './ops.ts';
import { hotInput, maskInput, type PlainValue, type PlainWeights, plainOps } from './plain.ts';
import { attention } from './plain-attention.ts';
import { gaps, largest, rowRange, ScoreRanges } from './plain-measures.ts';
import { addedForm, linearInput, normForm, productForm, sumForm, weighedForm } from './secure-forms.ts';
import { attentionRings, productRings, type Ring, residualRing } from './secure-rings.ts';
import type { Form } from './secure-values.ts';
import type { Site, Sites } from './sites.ts';

/** A value: what the sites about it are called after, its form at the parties, its columns, and in the clear. */
export type Ranged = Form & { at: string; cols: number; value: PlainValue | undefined };

/** The parts of a model as they are shared. */
export type SharedForm = (name: string) => (Ring & { shape: readonly number[] }) | undefined;

export type RangeOptions = {
  ring: ModelRing;
  form: SharedForm;
  sites: Sites;
  /** Left out to note bounds alone. */
  clear?: { kernels: Pick<Kernels, 'matmulFloat'>; weights: PlainWeights };
  /** Sees every value that the model taps, if values are computed; it must not change it. */
  onTap?(name: string, value: PlainValue | undefined): void;
};

type Measure = (x: PlainValue) => bounds.Bound;

const sameRing = (a: Ring, b: Ring): boolean => a.bits === b.bits && a.frac === b.frac;

export class RangeOps implements Ops<Ranged> {
  private readonly plain: Ops<PlainValue> | undefined;

  constructor(private readonly options: RangeOptions) {
    const { clear } = options;
    this.plain = clear && plainOps(clear.kernels, clear.weights);
  }

  async embed(rows: Ranged, name: string): Promise<Ranged> {
    const table = this.form(name);
    const form = weighedForm({ bits: rows.bits, frac: 0 }, table);
    const value = await this.clear(rows, (p, x) => p.embed(x, name));
    return { ...form, at: name, cols: table.shape[1]!, value };
  }

  async rows(name: string, from: number, count: number): Promise<Ranged> {
    const { bits, frac, shape } = this.form(name);
    const value = await this.plain?.rows(name, from, count);
    return { bits, frac, masked: false, at: name, cols: shape[1]!, value };
  }

  async linear(x: Ranged, name: string): Promise<Ranged> {
    const weight = this.form(`${name}.weight`);
    const product = weighedForm(linearInput(x, weight, linearOf(this.options.ring, name)), weight);
    const bias = this.options.form(`${name}.bias`);
    const form = bias ? sumForm([product, bias]) : product;
    const value = await this.clear(x, (p, v) => p.linear(v, name));
    const out = { ...form, at: name, cols: weight.shape[0]!, value };
    const { bits, frac, masked } = x;
    const known = { rings: [name], input: { bits, frac, masked } };
    this.note(`${name} output`, 'linear', name, bounds.formBound(form), out, largest, known);
    return out;
  }

  async add(at: string, ...terms: Ranged[]): Promise<Ranged> {
    const stream = residualRing(this.options.ring);
    const { cols } = terms[0]!;
    const value = terms.every((term) => term.value)
      ? await this.plain?.add(at, ...terms.map((term) => term.value!))
      : undefined;
    const sum = { ...addedForm(terms, stream), at, cols, value };
    for (const term of terms) {
      if (term.at.startsWith('embeddings.')) {
        const bound = bounds.formBound(term);
        this.note(`${term.at} rows`, 'embeddings', term.at, bound, term, largest, { rings: [term.at] });
      }
    }
    const rings = sameRing(sum, stream) ? [] : terms.map((term) => term.at);
    this.note(`${at} residual`, 'residual', at, bounds.formBound(sum), sum, largest, { rings });
    return sum;
  }

  async normalise(x: Ranged, epsilon: number, name: string): Promise<Ranged> {
    this.norm(x, name, 'variance', (v) => rowRange(v, true, epsilon));
    return this.normed(x, await this.clear(x, (p, v) => p.normalise(v, epsilon, name)));
  }

  async normaliseRms(x: Ranged, epsilon: number, name: string): Promise<Ranged> {
    this.norm(x, name, 'mean square', (v) => rowRange(v, false, epsilon));
    return this.normed(x, await this.clear(x, (p, v) => p.normaliseRms(v, epsilon, name)));
  }

  private norm(x: Ranged, name: string, what: string, measure: Measure): void {
    this.note(`${name} ${what}`, 'norm', name, bounds.normBound(residualRing(this.options.ring)), x, measure);
  }

  private normed({ at, cols }: Ranged, value: PlainValue | undefined): Ranged {
    return { ...normForm(this.options.ring), at, cols, value };
  }

  async gain(x: Ranged, name: string): Promise<Ranged> {
    const product = productForm(x, this.form(`${name}.weight`));
    const bias = this.options.form(`${name}.bias`);
    const form = bias ? sumForm([product, bias]) : product;
    const out = { ...form, at: name, cols: x.cols, value: await this.clear(x, (p, v) => p.gain(v, name)) };
    this.note(`${name} gain`, 'residual', name, bounds.formBound(form), out, largest, { rings: [name] });
    return out;
  }

  async attention(
    q: Ranged,
    k: Ranged,
    v: Ranged,
    mask: Ranged | undefined,
    { past, bias, ...options }: AttentionOptions<Ranged>,
  ): Promise<Ranged> {
    ensure(!past, 'ranges are those of whole texts');
    const { ring, clear, sites } = this.options;
    const { name, longest } = options;
    const integers = { scores: integersOf(ring, 'scores', name), values: integersOf(ring, 'values', name) };
    const { query, turnFrac, maximum, context, reciprocal } = attentionRings(integers, longest, mask !== undefined);
    if (options.rotary) {
      const bound = bounds.turnedBound(query.frac, turnFrac);
      for (const x of [q, k]) this.note(`${x.at} to be turned`, 'queries and keys', x.at, bound, x, largest);
    }
    this.note(`${v.at} values`, 'values', name, bounds.integersBound(integers.values), v, largest);
    const added = bias && clear ? { bias: { ...bias, table: bias.table.value! } } : {};
    const seen = new ScoreRanges();
    const value =
      clear && attention(clear.kernels, q.value!, k.value!, v.value!, mask?.value, { ...options, ...added }, seen);
    const bound = bounds.scoreBound(integers.scores, maximum);
    sites.note({
      site: `${name} scores`,
      kind: 'scores',
      place: name,
      bound,
      ...(clear ? { range: seen.scores } : {}),
    });
    return { ...productForm(context, reciprocal), at: name, cols: q.cols, value };
  }

  async activation(x: Ranged, kind: Activation, name: string): Promise<Ranged> {
    const integers = integersOf(this.options.ring, 'activation', name);
    this.note(`${name} activation input`, 'activation', name, bounds.activationBound(kind, integers), x, largest);
    const value = await this.clear(x, (p, v) => p.activation(v, kind, name));
    return { ...bounds.activationForm(kind, integers), at: x.at, cols: x.cols, value };
  }

  async multiply(x: Ranged, y: Ranged, name: string): Promise<Ranged> {
    const integers = integersOf(this.options.ring, 'product', name);
    const { gate: first, value: second } = productRings(integers, x.frac);
    const value = await this.clear(x, (p, v) => p.multiply(v, y.value!, name));
    const out = { ...productForm(first, second), at: name, cols: x.cols, value };
    this.note(`${name} product`, 'product', name, bounds.integersBound(integers), out, largest);
    return out;
  }

  async inRows(x: Ranged, width: number): Promise<Ranged> {
    return { ...x, cols: width, value: await this.clear(x, (p, v) => p.inRows(v, width)) };
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

  async tap(name: string, { value }: Ranged): Promise<void> {
    this.options.onTap?.(name, value);
  }

  /** The model's output, as the client is shown it; with `argmax` its largest is looked for as well. */
  reveal(x: Ranged, argmax: boolean): void {
    this.note(`${x.at} shown`, 'output', x.at, bounds.REVEALED_BOUND, x, largest);
    if (!argmax) return;
    const bound = bounds.logitSpread(integersOf(this.options.ring, 'logits', x.at));
    this.note(`${x.at} spread of logits`, 'logits', x.at, bound, x, gaps);
  }

  /** Client's rows: ones and zeros in the ring of the tables. */
  hot(hot: { width: number; hot: readonly (readonly number[])[] }, bits: number): Ranged {
    const value = this.plain && hotInput(hot);
    return { bits, frac: 0, masked: true, at: 'input', cols: hot.width, value };
  }

  mask(mask: readonly number[]): Ranged {
    const value = this.plain && maskInput(mask);
    return { bits: 64, frac: 0, masked: true, at: 'input', cols: mask.length, value };
  }

  private note(
    site: string,
    kind: SiteKind,
    place: string,
    bound: bounds.Bound,
    x: Ranged,
    measure: Measure,
    known: Pick<Site, 'rings' | 'input'> = {},
  ): void {
    this.options.sites.note({ site, kind, place, bound, ...known, ...(x.value ? { range: measure(x.value) } : {}) });
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

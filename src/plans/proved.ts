/**
 * How large values can become for any text at all, from the weights alone: one more interpreter. A normalised row has a norm of at most
 * sqrt(width), and everything else follows by the inequality of Cauchy and Schwarz, |w x| <= |w| |x|. Loose for sums over layers, but a proof.
 */
import { ensure } from '../errors.ts';
import type { Activation, AttentionOptions, Ops } from '../ops/ops.ts';
import type { SiteKind } from '../rings/schema.ts';

/** Of a tensor's entries: the largest magnitude, the largest norm of a row, and the norm of all. A vector is one row. */
export type TensorNorms = { shape: readonly number[]; largest: number; row: number; all: number };

export type NormsOf = (name: string) => TensorNorms | undefined;

/** What is known of a value: its entries are at most `most`, its rows have norms of at most `norm`. */
export type ProvedValue = { at: string; cols: number; most: number; norm: number };

export type Note = (kind: SiteKind, place: string, most: number) => void;

/** Calls `note` with the bound of each site that a ring binds. */
export class ProvedOps implements Ops<ProvedValue> {
  constructor(
    private readonly norms: NormsOf,
    private readonly note: Note,
  ) {}

  async embed(_: ProvedValue, name: string): Promise<ProvedValue> {
    return this.table(name);
  }

  async rows(name: string): Promise<ProvedValue> {
    return this.table(name);
  }

  /** Tables of several parts are read by one hot column a part. */
  private table(name: string): ProvedValue {
    const { shape, largest, row } = this.of(name);
    return { at: name, cols: shape[1]!, most: PARTS * largest, norm: PARTS * row };
  }

  async linear(x: ProvedValue, name: string): Promise<ProvedValue> {
    const { shape, row, all } = this.of(`${name}.weight`);
    const bias = this.norms(`${name}.bias`);
    const norm = x.norm * all + (bias?.all ?? 0);
    const most = Math.min(x.norm * row + (bias?.largest ?? 0), norm);
    this.note('linear', name, most);
    return tidy({ at: name, cols: shape[0]!, most, norm });
  }

  async add(at: string, ...terms: ProvedValue[]): Promise<ProvedValue> {
    const { cols } = terms[0]!;
    const total = (of: (term: ProvedValue) => number) => terms.reduce((sum, term) => sum + of(term), 0);
    const sum = tidy({ at, cols, most: total((term) => term.most), norm: total((term) => term.norm) });
    this.note('residual', at, sum.most);
    return sum;
  }

  async normalise(x: ProvedValue, epsilon: number, name: string): Promise<ProvedValue> {
    return this.normaliseRms(x, epsilon, name);
  }

  async normaliseRms(x: ProvedValue, _epsilon: number, name: string): Promise<ProvedValue> {
    this.note('norm', name, Math.min(x.most ** 2, x.norm ** 2 / x.cols));
    const root = Math.sqrt(x.cols);
    return { at: x.at, cols: x.cols, most: root, norm: root };
  }

  async gain(x: ProvedValue, name: string): Promise<ProvedValue> {
    const [weight, bias] = [this.of(`${name}.weight`), this.norms(`${name}.bias`)];
    const most = x.most * weight.largest + (bias?.largest ?? 0);
    const norm = x.norm * weight.largest + (bias?.all ?? 0);
    this.note('residual', name, most);
    return tidy({ at: name, cols: x.cols, most, norm });
  }

  /** A row of the result is made of means of rows of v, head by head: no entry is larger, and neither is the norm of a head's part. */
  async attention(
    q: ProvedValue,
    k: ProvedValue,
    v: ProvedValue,
    _mask: ProvedValue | undefined,
    { name, heads, keyHeads = heads, bias }: AttentionOptions<ProvedValue>,
  ): Promise<ProvedValue> {
    const ofHead = ({ most, norm, cols }: ProvedValue, count: number) => Math.min(norm, most * Math.sqrt(cols / count));
    this.note('queries and keys', name, Math.max(q.most, k.most));
    this.note('scores', name, ofHead(q, heads) * ofHead(k, keyHeads) + (bias?.table.most ?? 0));
    this.note('values', name, v.most);
    return tidy({ at: name, cols: q.cols, most: v.most, norm: v.norm * Math.sqrt(heads / keyHeads) });
  }

  /** No activation has a larger magnitude than its input. */
  async activation(x: ProvedValue, kind: Activation, name: string): Promise<ProvedValue> {
    this.note('activation', name, x.most);
    const most = kind === 'tanh' ? Math.min(1, x.most) : x.most;
    return tidy({ ...x, most });
  }

  async multiply(x: ProvedValue, y: ProvedValue, name: string): Promise<ProvedValue> {
    const most = x.most * y.most;
    this.note('product', name, most);
    return tidy({ at: name, cols: x.cols, most, norm: Math.min(x.most * y.norm, x.norm * y.most) });
  }

  async inRows({ at, cols, most, norm }: ProvedValue, width: number): Promise<ProvedValue> {
    return tidy({ at, cols: width, most, norm: norm * Math.sqrt(Math.max(1, width / cols)) });
  }

  async row(x: ProvedValue): Promise<ProvedValue> {
    return x;
  }

  all<R extends readonly unknown[]>(
    ...branches: { [I in keyof R]: (ops: Ops<ProvedValue>) => Promise<R[I]> }
  ): Promise<R> {
    return Promise.all(branches.map((branch) => branch(this))) as unknown as Promise<R>;
  }

  stage<R>(given: R, work: (ops: Ops<ProvedValue>, given: R) => Promise<R>): Promise<R> {
    return work(this, given);
  }

  async tap(): Promise<void> {}

  private of(name: string): TensorNorms {
    const norms = this.norms(name);
    ensure(norms, `no tensor ${name}`);
    return norms;
  }
}

/** Hot columns in a row of a client's input: a word, and its type or position. */
const PARTS = 2;

/** Entries bound the norm, and the norm bounds entries. */
const tidy = ({ at, cols, most, norm }: ProvedValue): ProvedValue => ({
  at,
  cols,
  most: Math.min(most, norm),
  norm: Math.min(norm, most * Math.sqrt(cols)),
});

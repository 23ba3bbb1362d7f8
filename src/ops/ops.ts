/**
 * The small language that models are written in. A model is one forward() over `Ops<T>`; an interpreter decides what a
 * value T is: floats in the clear (plain.ts), shares (secure.ts), or a price.
 *
 * Sequential code awaits one step after the other; independent steps go through all(), which lets them share rounds and
 * gives each branch its own place in the program, whatever order its messages arrive in.
 */
import type { Rotary } from './rotary.ts';

export type Activation = 'gelu' | 'gelu_new' | 'relu' | 'tanh' | 'silu';

/**
 * What attention keeps of the positions it has seen, so that a later call computes new ones only. Each interpreter fills it with
 * values of its own; the model owns one for each layer.
 */
export type Past<T> = { rows: number; keys?: T; values?: T };

/** By the distance from the query to the key: column h of row bucket(distance) of the table, for head h. */
export type RelativeBias<T> = { table: T; bucket(distance: number): number };

export type AttentionOptions<T> = {
  /** What its place in the model is called, for the rings it takes: 'layer.3.attention'. */
  name: string;
  /** The most keys that a position can see. */
  longest: number;
  heads: number;
  /** Heads of keys and values; each serves heads / keyHeads heads of queries. As many as `heads` when left out. */
  keyHeads?: number;
  /** Position i sees positions 0..i only. */
  causal?: boolean;
  /** Of a causal one: it sees so many positions at most, its own included. */
  window?: number | undefined;
  /** The position of the first query; queries are the last positions when left out. */
  first?: number;
  /** What is added to scores. */
  bias?: RelativeBias<T> | undefined;
  /** Turns queries and keys by their positions. */
  rotary?: Rotary;
  /** Keys and values of earlier positions; those of this call are added to it. */
  past?: Past<T> | undefined;
};

export interface Ops<T> {
  /** Rows of the table `name` [vocabulary, width], picked and summed by the private rows [n, vocabulary] -> [n, width]. */
  embed(rows: T, name: string): Promise<T>;
  /** Rows from .. from + count - 1 of the table `name`: the choice is public. -> [count, width] */
  rows(name: string, from: number, count: number): Promise<T>;
  /** x [n, in] by `name`.weight [out, in], plus `name`.bias [out] if the model has it. -> [n, out] */
  linear(x: T, name: string): Promise<T>;
  /** Sum of values of one shape, at the place `name`; of one alone, the beginning of a residual stream. */
  add(name: string, ...terms: T[]): Promise<T>;
  /** (x - mean) / sqrt(variance + epsilon) of each row, at the place `name`. -> [n, width] */
  normalise(x: T, epsilon: number, name: string): Promise<T>;
  /** x / sqrt(mean of x^2 + epsilon) of each row, at the place `name`. -> [n, width] */
  normaliseRms(x: T, epsilon: number, name: string): Promise<T>;
  /** x * `name`.weight, plus `name`.bias if the model has it, by columns. -> [n, width] */
  gain(x: T, name: string): Promise<T>;
  /**
   * Multi-head attention in base 2: row i of head h is sum_j 2^(q_i k_j - c) v_j / sum_j 2^(q_i k_j - c), any c.
   * The factor log2(e) / sqrt(head width) is folded into the query weights. `mask` [1, n] holds 1 for keys that count
   * and 0 for padding, n = those of the past and of this call. q [m, width], k and v [n - past, keyHeads * head width], m <= n
   * -> [m, width]; the rows of q are the last m positions, or those from `first` on.
   */
  attention(q: T, k: T, v: T, mask: T | undefined, options: AttentionOptions<T>): Promise<T>;
  /** The activation of a linear layer's output; `name` is the layer's. */
  activation(x: T, kind: Activation, name: string): Promise<T>;
  /** Product of an activation and another value of its shape, entry by entry. */
  multiply(x: T, y: T, name: string): Promise<T>;
  /** The same entries in rows of another width: a row for each head, and back. [n, k width] -> [n k, width] */
  inRows(x: T, width: number): Promise<T>;
  /** One row. [n, width] -> [1, width] */
  row(x: T, index: number): Promise<T>;
  /** Runs independent steps side by side. */
  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<T>) => Promise<R[I]> }): Promise<R>;
  /**
   * A part of the model, a layer say, with what it alone reads: that is used up, and what is made on the way is gone. Only the result
   * may be used afterwards.
   */
  stage<R>(given: R, work: (ops: Ops<T>, given: R) => Promise<R>): Promise<R>;
  /** Names a value for comparison and progress: nothing else happens to it. */
  tap(name: string, x: T): Promise<void>;
}

/**
 * The small language that models are written in. A model is one forward() over `Ops<T>`; an interpreter decides what a
 * value T is: floats in the clear (plain.ts), shares (secure.ts), or a price.
 *
 * Sequential code awaits one step after the other; independent steps go through all(), which lets them share rounds and
 * gives each branch its own place in the program, whatever order its messages arrive in.
 */
export type Activation = 'gelu' | 'gelu_new' | 'relu' | 'tanh' | 'silu';

export type AttentionOptions = {
  heads: number;
  /** Position i sees positions 0..i only. */
  causal?: boolean;
};

export interface Ops<T> {
  /** Rows of the table `name` [vocabulary, width], picked and summed by the private rows [n, vocabulary] -> [n, width]. */
  embed(rows: T, name: string): Promise<T>;
  /** Rows from .. from + count - 1 of the table `name`: the choice is public. -> [count, width] */
  rows(name: string, from: number, count: number): Promise<T>;
  /** x [n, in] by `name`.weight [out, in], plus `name`.bias [out] if the model has it. -> [n, out] */
  linear(x: T, name: string): Promise<T>;
  /** Sum of values of one shape. */
  add(...terms: T[]): Promise<T>;
  /** (x - mean) / sqrt(variance + epsilon) of each row. -> [n, width] */
  normalise(x: T, epsilon: number): Promise<T>;
  /** x * `name`.weight + `name`.bias, by columns. -> [n, width] */
  gain(x: T, name: string): Promise<T>;
  /**
   * Multi-head attention in base 2: row i of head h is sum_j 2^(q_i k_j - c) v_j / sum_j 2^(q_i k_j - c), any c.
   * The factor log2(e) / sqrt(head width) is folded into the query weights. `mask` [1, n] holds 1 for keys that count
   * and 0 for padding. q [m, width], k and v [n, width] with m <= n -> [m, width]; when causal and m < n, the rows of q
   * are the last m positions.
   */
  attention(q: T, k: T, v: T, mask: T | undefined, options: AttentionOptions): Promise<T>;
  activation(x: T, kind: Activation): Promise<T>;
  /** One row. [n, width] -> [1, width] */
  row(x: T, index: number): Promise<T>;
  /** Runs independent steps side by side. */
  all<R extends readonly unknown[]>(...branches: { [I in keyof R]: (ops: Ops<T>) => Promise<R[I]> }): Promise<R>;
  /** Names a value for comparison and progress: nothing else happens to it. */
  tap(name: string, x: T): Promise<void>;
}

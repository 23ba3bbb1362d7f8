import type { Head, Problem } from '../heads/head.ts';
import type { Task } from '../heads/index.ts';
import type { Ops, Past } from '../ops/ops.ts';

/** A tensor of the checkpoint in floats. */
export type Tensor = { shape: readonly number[]; data: Float32Array };

/** Reads one tensor of a checkpoint by its name in the file; checks its shape. */
export type ReadTensor = (name: string, shape: readonly number[]) => Promise<Tensor>;

/**
 * One tensor that parties hold, as it is shared: gains, scales and biases of the checkpoint are folded into it.
 * 'matrix' is an operand of a linear layer, 'table' an embedding, 'vector' a bias or gain: each kind has its own ring.
 */
export type PlannedTensor = {
  name: string;
  kind: 'matrix' | 'table' | 'vector';
  shape: readonly number[];
  /** Makes the tensor from the checkpoint: called once, when its turn comes, so that one tensor is in memory at a time. */
  build(read: ReadTensor): Promise<Float32Array>;
};

/**
 * What the client hands in: `rows` [n, HotRows.width] are the hot rows, `mask` is there when padded: [1, n], or for a text that
 * goes on, [1, all positions so far]. `past` has an entry for each layer, when more tokens will follow. With `every`, a model that
 * generates gives logits for every token, not for the last one alone.
 */
export type Input<T> = { tokens: number; rows: T; mask?: T; past?: readonly Past<T>[]; every?: boolean };

/** Where the ones stand in the client's input rows: token i has its ones at hot[i]. */
export type HotRows = {
  width: number;
  hot: readonly (readonly number[])[];
  /** Where positions have a table of their own: the row that each token has in it. */
  positions?: readonly number[];
};

/** How large a model is. */
export type Sizes = { hidden: number; layers: number; heads: number; intermediate: number; vocabulary: number };

export type PaddedMost = { most: number; why: string };

export interface Model {
  readonly architecture: string;
  /** What it gives out, and what becomes of that. */
  readonly head: Head<Task>;
  readonly labels: readonly string[];
  /** Of a model that classifies: how scores are made of its logits. */
  readonly problem: Problem | undefined;
  /** A line for each key of config.json that is not known and was not used. */
  readonly warnings: readonly string[];
  /** The largest number of tokens in a text, those that are generated too. */
  readonly maxTokens: number;
  /** The longest text whose length can be hidden, if a longer one can be read: its answer depends on the length. */
  readonly padded: PaddedMost | undefined;
  /** A text of so many tokens is read alike at once and in parts, each with the keys and values of those before. */
  readonly inParts: number;
  readonly vocabularySize: number;
  /** Columns of the client's input rows. */
  readonly rowWidth: number;
  /** Numbers in a row of the output: labels, width or vocabulary. */
  readonly outputs: number;
  readonly layers: number;
  readonly sizes: Sizes;
  /**
   * Every tensor the parties hold, in the order they are shared and numbered. `names` are the tensors of the checkpoint:
   * they tell older spellings from newer ones. Without them the plan has the same names, kinds and shapes, and its
   * build() asks for today's spelling. Throws E_WEIGHTS for a tensor that is not among them.
   */
  plan(names?: ReadonlySet<string>): PlannedTensor[];
  /** Throws E_TOKEN for a text, before it is padded, that transformers reads in a way that is not computed. */
  checkText(ids: readonly number[]): void;
  /**
   * The input rows for token ids (with token types) at positions from .. from + n - 1; what is padded in front has positions below 0.
   * Throws PumaError for ids out of range.
   */
  hotRows(ids: readonly number[], types: readonly number[], from?: number): HotRows;
  /** -> logits or pooled output [1, outputs]; with input.every [tokens, outputs] */
  forward<T>(ops: Ops<T>, input: Input<T>): Promise<T>;
}

/** For a text that goes on: what each layer keeps. */
export const newPast = <T>(model: Pick<Model, 'layers'>): Past<T>[] =>
  Array.from({ length: model.layers }, () => ({ rows: 0 }));

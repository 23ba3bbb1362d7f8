import type { Ops } from '../ops/ops.ts';

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

/** What the client hands in: `rows` [n, HotRows.width] are the hot rows, `mask` [1, n] is there when padded. */
export type Input<T> = { tokens: number; rows: T; mask?: T };

/** Where the ones stand in the client's input rows: token i has its ones at hot[i]. */
export type HotRows = { width: number; hot: readonly (readonly number[])[] };

export interface Model {
  readonly architecture: string;
  /** 'classify': logits over labels; 'embed': the pooled output. */
  readonly task: 'classify' | 'embed';
  readonly labels: readonly string[];
  readonly maxTokens: number;
  readonly vocabularySize: number;
  /** Columns of the client's input rows. */
  readonly rowWidth: number;
  /**
   * Every tensor the parties hold, in the order they are shared and numbered. `names` are the tensors of the checkpoint:
   * they tell older spellings from newer ones. Without them the plan has the same names, kinds and shapes, and its
   * build() asks for today's spelling. Throws E_WEIGHTS for a tensor that is not among them.
   */
  plan(names?: ReadonlySet<string>): PlannedTensor[];
  /** The input rows for token ids (with token types). Throws PumaError for ids out of range. */
  hotRows(ids: readonly number[], types: readonly number[]): HotRows;
  /** -> logits or pooled output [1, outputs] */
  forward<T>(ops: Ops<T>, input: Input<T>): Promise<T>;
}

import type { Backbone, Head, Problem } from '../heads/head.ts';
import type { Task } from '../heads/index.ts';
import type { Ops } from '../ops/ops.ts';
import { GENERIC_KEYS } from './keys/generic.ts';
import { type KeyTable, unknownKeys } from './keys/table.ts';
import type { HotRows, Input, Model, PaddedMost, PlannedTensor } from './model.ts';

/** What every configuration says, under our names. */
export type Shape = {
  vocabulary: number;
  /** The longest text. */
  positions: number;
  width: number;
  inner: number;
  layers: number;
  heads: number;
  labels?: string[];
  /** Of models that classify: how transformers makes scores of logits. */
  problem?: Problem;
  /** How long a text can be while its length is hidden, and why, if that is shorter than the longest text. */
  padded?: PaddedMost;
  /** The longest text that can be read in parts, if that is shorter than `padded` or the longest text. */
  inParts?: number | undefined;
  /** What else config.json says that is not used. */
  warnings?: readonly string[];
};

/** Checkpoints of one `model_type`. */
export type Family = {
  type: string;
  /** How the names of its classes begin: a head has their ending. */
  prefix: string;
  /** Endings that it has instead of a head's: GPT2LMHeadModel. */
  endings?: Readonly<Record<string, string>>;
  /** Classes with a head that nobody reads here, saved by pre-training: they are run as the bare encoder. */
  bare?: readonly string[];
};

/** What the checkpoints of some families have in common: a schema of config.json, and one forward() of the backbone. */
export type Architecture<C extends Shape> = {
  backbone: Head['backbone'];
  families: readonly Family[];
  /** The key of config.json that says how many layers there are. */
  layersKey: string;
  /** What becomes of the keys of config.json. */
  keys(family: string): KeyTable;
  /** Checks a parsed config.json. Throws E_CONFIG. */
  config(json: unknown, family: string): C;
  /** Columns of the client's input rows. */
  rowWidth(c: C): number;
  /** As Model has them, for this configuration and this head. */
  plan(c: C, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[];
  /** Throws E_TOKEN for ids that the model reads in a way that is not computed. */
  checkText?(c: C, ids: readonly number[]): void;
  hotRows(c: C, ids: readonly number[], types: readonly number[], from: number): HotRows;
  forward<T>(c: C, head: Head, ops: Ops<T>, input: Input<T>): Promise<T>;
};

/** A head as plans see it. */
export type HeadPlan = Pick<Head, 'name'> & { layers: ReturnType<Head['layers']> };

/** An architecture whose configuration is its own affair. */
export type AnyArchitecture = Pick<Architecture<Shape>, 'backbone' | 'families' | 'layersKey' | 'keys'> & {
  model(json: unknown, given: { name: string; family: Family; head: Head<Task> }): Model;
};

export function architecture<C extends Shape>(own: Architecture<C>): AnyArchitecture {
  const { backbone, families, layersKey, keys } = own;
  return {
    ...{ backbone, families, layersKey, keys },
    model(json, { name, family, head }) {
      const unknown = unknownKeys('config.json', (json ?? {}) as Record<string, unknown>, [
        keys(family.type),
        GENERIC_KEYS,
      ]);
      const c = own.config(json, family.type);
      const labels = head.labelled ? (c.labels ?? []) : [];
      const layers = head.layers({ width: c.width, vocabulary: c.vocabulary, labels } satisfies Backbone);
      return {
        architecture: name,
        head,
        labels,
        problem: head.labelled ? (c.problem ?? 'one') : undefined,
        warnings: [...unknown, ...(c.warnings ?? [])],
        maxTokens: c.positions,
        padded: c.padded,
        inParts: c.inParts ?? c.padded?.most ?? c.positions,
        vocabularySize: c.vocabulary,
        rowWidth: own.rowWidth(c),
        outputs: layers.at(-1)?.outputs ?? c.width,
        layers: c.layers,
        sizes: { hidden: c.width, layers: c.layers, heads: c.heads, intermediate: c.inner, vocabulary: c.vocabulary },
        plan: (names) => own.plan(c, { name: head.name, layers }, names),
        checkText: (ids) => own.checkText?.(c, ids),
        hotRows: (ids, types, from = 0) => own.hotRows(c, ids, types, from),
        forward: (ops, input) => own.forward(c, head, ops, input),
      };
    },
  };
}

import type { Backbone, Head } from '../heads/head.ts';
import type { Task } from '../heads/index.ts';
import type { Ops } from '../ops/ops.ts';
import type { HotRows, Input, Model, PlannedTensor } from './model.ts';

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
  /** Checks a parsed config.json. Throws E_CONFIG. */
  config(json: unknown, family: string): C;
  /** Columns of the client's input rows. */
  rowWidth(c: C): number;
  /** As Model has them, for this configuration and this head. */
  plan(c: C, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[];
  hotRows(c: C, ids: readonly number[], types: readonly number[], from: number): HotRows;
  forward<T>(c: C, head: Head, ops: Ops<T>, input: Input<T>): Promise<T>;
};

/** A head as plans see it. */
export type HeadPlan = Pick<Head, 'name'> & { layers: ReturnType<Head['layers']> };

/** An architecture whose configuration is its own affair. */
export type AnyArchitecture = Pick<Architecture<Shape>, 'backbone' | 'families' | 'layersKey'> & {
  model(json: unknown, given: { name: string; family: Family; head: Head<Task> }): Model;
};

export function architecture<C extends Shape>(own: Architecture<C>): AnyArchitecture {
  const { backbone, families, layersKey } = own;
  return {
    ...{ backbone, families, layersKey },
    model(json, { name, family, head }) {
      const c = own.config(json, family.type);
      const labels = head.labelled ? (c.labels ?? []) : [];
      const layers = head.layers({ width: c.width, vocabulary: c.vocabulary, labels } satisfies Backbone);
      return {
        architecture: name,
        head,
        labels,
        maxTokens: c.positions,
        vocabularySize: c.vocabulary,
        rowWidth: own.rowWidth(c),
        outputs: layers.at(-1)?.outputs ?? c.width,
        layers: c.layers,
        sizes: { hidden: c.width, layers: c.layers, heads: c.heads, intermediate: c.inner, vocabulary: c.vocabulary },
        plan: (names) => own.plan(c, { name: head.name, layers }, names),
        hotRows: (ids, types, from = 0) => own.hotRows(c, ids, types, from),
        forward: (ops, input) => own.forward(c, head, ops, input),
      };
    },
  };
}

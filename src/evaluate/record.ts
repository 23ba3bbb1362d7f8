/** What is kept of a row of a data set once both sides have answered it. A report is made of these records alone. */
import { z } from 'zod';
import { gapsOf, lossOf } from '../datasets/windows.ts';
import { PumaError } from '../errors.ts';
import { best } from '../heads/best.ts';
import type { Scoring } from '../heads/head.ts';
import type { Query } from '../models/query.ts';
import type { PlainAnswer } from '../plaintext/plain.ts';
import type { Answer, OpenedTensor } from '../runtime/client.ts';
import { Spread, spreadOf } from './spread.ts';

const LayerRecord = z.strictObject({
  name: z.string(),
  /** Of secure and plain values. */
  gaps: Spread,
  /** Sum of the squares of the plain values. */
  squares: z.number(),
});

export const RowRecord = z.strictObject({
  /** Its number in the data set, from 0. */
  row: z.int().nonnegative(),
  /** What is right: the index of a label, or a score; of a text to predict, how many tokens are. Null when nobody knows. */
  right: z.number().nullable(),
  /** What was answered: the index of a label, a score, or the sum of losses. */
  plain: z.number(),
  secure: z.number(),
  /** Labels or next tokens that both sides gave, and how many of them are the same. */
  labels: z.int().nonnegative(),
  same: z.int().nonnegative(),
  /** Of each of the others: how far apart the two are in the clear. */
  gaps: z.array(z.number().nonnegative()),
  /** The outputs; of a text to predict they are too many, and only their distances are kept. */
  output: z.union([z.strictObject({ plain: z.array(z.number()), secure: z.array(z.number()) }), Spread]),
  /** If layers were opened. */
  layers: z.array(LayerRecord).optional(),
});
export type RowRecord = z.infer<typeof RowRecord>;

const count = z.number().nonnegative();
const PartyBytes = z.strictObject({ party: count, sent: count, received: count });

/** As countBytes() has it. */
const Traffic = z.strictObject({
  dealer: count,
  online: count,
  client: count,
  total: count,
  perParty: z.array(PartyBytes).length(3),
});
export type Traffic = z.infer<typeof Traffic>;

/** How far values went at a site of the model. */
const SiteRange = z.strictObject({
  site: z.string(),
  range: z.strictObject({ least: z.number().optional(), most: z.number() }),
});

/** Rows that were asked together, and what they took. */
export const BatchRecord = z.strictObject({
  rows: z.array(RowRecord).min(1),
  /** Whether layers were opened. */
  opened: z.boolean(),
  seconds: z.strictObject({ plaintext: count, secure: count }),
  rounds: count,
  bytes: Traffic,
  /** Of the sites where values went further than in the batches before. */
  ranges: z.array(SiteRange),
});
export type BatchRecord = z.infer<typeof BatchRecord>;

/** A row to evaluate. */
export type Row = {
  row: number;
  query: Query;
  /** As in the record. */
  right: number | null;
  /** Of a text to predict: the first token to be predicted, from 0. */
  first?: number;
};

type Secure = Pick<Answer, 'output' | 'layers'>;

export function recordOf(
  scoring: Scoring,
  { row, right, query, first = 1 }: Row,
  plain: PlainAnswer,
  secure: Secure,
): RowRecord {
  checkFinite(row, 'in the clear', plain.output, ...plain.layers.values());
  checkFinite(row, 'on shares', secure.output, ...secure.layers.map(({ data }) => data));
  const layers = secure.layers.map((layer) => layerRecord(layer, plain.layers.get(layer.name)!));
  const opened = layers.length > 0 ? { layers } : {};
  if (scoring === 'tokens') {
    const [a, b] = [lossOf(plain.output, query.ids, first), lossOf(secure.output, query.ids, first)];
    const gaps = gapsOf(plain.output, query.ids.length, first, a.best, b.best);
    const answered = { plain: a.loss, secure: b.loss, labels: a.best.length, same: a.best.length - gaps.length, gaps };
    return { row, right, ...answered, output: spreadOf(plain.output, secure.output), ...opened };
  }
  const output = { plain: Array.from(plain.output), secure: Array.from(secure.output) };
  if (scoring !== 'labels') {
    const scores = { plain: output.plain[0]!, secure: output.secure[0]! };
    return { row, right, ...scores, labels: 0, same: 0, gaps: [], output, ...opened };
  }
  const [a, b] = [best(output.plain), best(output.secure)];
  const gaps = a === b ? [] : [output.plain[a]! - output.plain[b]!];
  return { row, right, plain: a, secure: b, labels: 1, same: 1 - gaps.length, gaps, output, ...opened };
}

/** Nothing can be said of a model that overflows. */
function checkFinite(row: number, where: string, ...values: (Float32Array | Float64Array)[]): void {
  if (values.every((list) => list.every(Number.isFinite))) return;
  const message = `row ${row} gives values ${where} that are no finite numbers`;
  throw new PumaError('E_VALUE', message, 'Check the weights, or leave out the row.', 1);
}

function layerRecord({ name, data }: OpenedTensor, plain: Float32Array): z.infer<typeof LayerRecord> {
  return { name, gaps: spreadOf(data, plain), squares: plain.reduce((sum, value) => sum + value * value, 0) };
}

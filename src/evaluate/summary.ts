/** From records to figures: of the same records always the same, in whatever order they were written. */
import type { Scoring } from '../heads/head.ts';
import type { Measured } from '../plaintext/margins.ts';
import { mergeMeasured } from '../plaintext/range-records.ts';
import { type Compared, compareSides } from './bootstrap.ts';
import { CORRELATIONS, labelMetrics, type Metric, PERPLEXITY } from './metrics.ts';
import type { BatchRecord, RowRecord, Traffic } from './record.ts';
import { mergeSpreads, type Percentiles, percentilesOf, percentilesOfAll, type Spread } from './spread.ts';

export type LayerError = {
  name: string;
  max: number;
  mean: number;
  p999: number;
  /** Root mean square of the plain value. */
  rms: number;
  /** The errors divided by it. */
  relative: { max: number; mean: number; p999: number };
};

export type Summary = {
  rows: number;
  metrics: Compared[];
  /** Labels or next tokens that both sides gave, and how many are the same. Null when there are none. */
  agreement: { same: number; of: number } | null;
  /** Of labels that differ: how far apart the two are in the clear. */
  gaps: number[];
  /** Distances of logits, or of whatever the model gives. */
  logits: Percentiles;
  /** Over the rows whose layers were opened, so many. */
  layers: LayerError[];
  layersOf: number;
  /** The largest distance of outputs over the same rows. */
  openedMax: number;
  /** How far values went in the clear. */
  measured: Measured[];
  /** Means over the rows whose layers were not opened, or over all when all were. */
  perSentence: { seconds: number; plaintextSeconds: number; bytes: number; rounds: number };
  total: { seconds: number; plaintextSeconds: number; bytes: Traffic; rounds: number };
};

/** `classes` is how many labels the model has. */
export function summarise(scoring: Scoring, classes: number, batches: readonly BatchRecord[]): Summary {
  const rows = batches.flatMap((batch) => batch.rows).sort((a, b) => a.row - b.row);
  const of = rows.reduce((n, { labels }) => n + labels, 0);
  const opened = rows.filter(({ layers }) => layers);
  return {
    rows: rows.length,
    metrics: metricsOf(scoring, classes, rows),
    agreement: of === 0 ? null : { same: rows.reduce((n, { same }) => n + same, 0), of },
    gaps: rows.flatMap(({ gaps }) => gaps),
    logits: outputsOf(rows),
    layers: opened.length === 0 ? [] : opened[0]!.layers!.map((_, i) => layerOf(opened.map((row) => row.layers![i]!))),
    layersOf: opened.length,
    openedMax: opened.length === 0 ? 0 : outputsOf(opened).max,
    measured: mergeMeasured(batches.map(({ ranges }) => ranges)),
    perSentence: perSentence(batches),
    total: totals(batches),
  };
}

function metricsOf(scoring: Scoring, classes: number, rows: readonly RowRecord[]): Compared[] {
  const metrics: Record<Scoring, readonly Metric[]> = {
    labels: labelMetrics(classes),
    scores: CORRELATIONS,
    vectors: [],
    tokens: PERPLEXITY,
  };
  if (rows.some(({ right }) => right === null)) return [];
  return compareSides(metrics[scoring], {
    right: rows.map(({ right }) => right!),
    plain: rows.map(({ plain }) => plain),
    secure: rows.map(({ secure }) => secure),
  });
}

function outputsOf(rows: readonly RowRecord[]): Percentiles {
  const spreads: Spread[] = [];
  const distances: number[] = [];
  for (const { output } of rows) {
    if ('bins' in output) spreads.push(output);
    else output.plain.forEach((value, i) => void distances.push(Math.abs(output.secure[i]! - value)));
  }
  return spreads.length > 0 ? percentilesOf(mergeSpreads(spreads)) : percentilesOfAll(distances);
}

type LayerRecord = NonNullable<RowRecord['layers']>[number];

function layerOf(records: readonly LayerRecord[]): LayerError {
  const gaps = mergeSpreads(records.map((record) => record.gaps));
  const { max, mean, p999 } = percentilesOf(gaps);
  const rms = Math.sqrt(records.reduce((sum, { squares }) => sum + squares, 0) / gaps.count);
  const relative = { max: max / rms, mean: mean / rms, p999: p999 / rms };
  return { name: records[0]!.name, max, mean, p999, rms, relative };
}

function perSentence(batches: readonly BatchRecord[]): Summary['perSentence'] {
  const closed = batches.filter(({ opened }) => !opened);
  const counted = closed.length > 0 ? closed : batches;
  const rows = counted.reduce((n, batch) => n + batch.rows.length, 0);
  const { seconds, plaintextSeconds, bytes, rounds } = totals(counted);
  return {
    seconds: seconds / rows,
    plaintextSeconds: plaintextSeconds / rows,
    bytes: bytes.total / rows,
    rounds: rounds / rows,
  };
}

function totals(batches: readonly BatchRecord[]): Summary['total'] {
  const sum = (of: (batch: BatchRecord) => number) => batches.reduce((n, batch) => n + of(batch), 0);
  const perParty = [0, 1, 2].map((party) => ({
    party,
    sent: sum(({ bytes }) => bytes.perParty[party]!.sent),
    received: sum(({ bytes }) => bytes.perParty[party]!.received),
  }));
  return {
    seconds: sum(({ seconds }) => seconds.secure),
    plaintextSeconds: sum(({ seconds }) => seconds.plaintext),
    rounds: sum(({ rounds }) => rounds),
    bytes: {
      dealer: sum(({ bytes }) => bytes.dealer),
      online: sum(({ bytes }) => bytes.online),
      client: sum(({ bytes }) => bytes.client),
      total: sum(({ bytes }) => bytes.total),
      perParty,
    },
  };
}

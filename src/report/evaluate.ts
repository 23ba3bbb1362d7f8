/** Plain and secure over a data set: one shape for machines, and how it reads for people. */

import { headOf, type Task } from '../heads/index.ts';
import type { Bytes } from '../work/bytes.ts';
import { describeRing, type RingReport } from './ring.ts';
import { oneLine, type Style, table } from './text.ts';
import { bytes, count, type Network, network, percent, seconds, small } from './units.ts';
import { type Agreement, type Compared, describeVerdict, type Verdict } from './verdict.ts';

type Percentiles = { max: number; mean: number; p50: number; p90: number; p99: number; p999: number };

export type Side = {
  /** Of a model that classifies. */
  label?: string;
  /** Of one that gives a score. */
  score?: number;
  /** Of one that generates: over all tokens to predict, natural logarithm. */
  loss?: number;
  logits?: readonly number[];
};

export type EvaluatedRow = {
  /** Of the data set, from 0. */
  row: number;
  /** Of the file, from 1. */
  line?: number;
  text?: string;
  textPair?: string;
  /** The first token of a window, and how many are predicted. */
  begin?: number;
  tokens?: number;
  /** The label or score that the data set gives. */
  right?: string | number;
  plaintext: Side;
  secure: Side;
  /** Next tokens that are the same. */
  same?: number;
};

/** What `--json` prints. */
export type EvaluateReport = Verdict & {
  model: string;
  task: Task;
  data: { file: string; preset?: string; rows: number; of: number; seed?: number; window?: number; stride?: number };
  metrics: {
    name: string;
    plaintext: number | null;
    secure: number | null;
    difference: number | null;
    /** 95 %, by a paired bootstrap. */
    interval: [number, number] | null;
  }[];
  agreement: Agreement | null;
  /** Distances of the outputs. */
  logits: Percentiles;
  layers: {
    name: string;
    max: number;
    mean: number;
    p999: number;
    rms: number;
    relative: { max: number; mean: number; p999: number };
  }[];
  /** The layers of so many rows were opened. */
  layersOf: number;
  /** Over rows whose layers were not opened, if there are any. */
  perSentence: { seconds: number; plaintextSeconds: number; bytes: number; rounds: number };
  /** Start-up and sharing are those of this run, the rest of all that was recorded. */
  seconds: { startup: number; share: number; inference: number; plaintext: number };
  bytes: Omit<Bytes, 'links'>;
  rounds: number;
  /** None when all rows had been recorded before. */
  parties: { party: number; pid: number; peakRssBytes: number }[];
  ring: RingReport;
  simd?: string;
  /** The library that took texts apart, where there is a tokenizer. */
  tokenizer?: { engine: string };
  network?: Network;
  /** What the files of the checkpoint say that is not used. */
  warnings?: string[];
  results: EvaluatedRow[];
};

export function describeEvaluation(report: EvaluateReport, style: Style): string {
  return [
    style.strong(subject(report)),
    ...(report.metrics.length > 0 ? [metrics(report, style)] : []),
    ...describeVerdict(comparedOf(report), sameOf(report), style),
    ...differentLabels(report, style),
    outputs(report, style),
    ...(report.layers.length > 0 ? [layers(report, style)] : []),
    cost(report, style),
  ].join('\n\n');
}

/** The part of the report that its verdict is made of. */
export const comparedOf = ({ task, agreement, logits, tolerance, within, fault }: EvaluateReport): Compared => ({
  ...{ task, agreement, tolerance, within, fault },
  largest: logits.max,
});

function sameOf({ agreement }: EvaluateReport): string {
  const { same, of } = agreement ?? { same: 0, of: 1 };
  return `${same} of ${of} the same, ${percent(same / of)}`;
}

function subject({ model, data, task }: EvaluateReport): string {
  const what = headOf(task).words.row.one;
  const rows = data.rows === data.of ? count(data.of, what) : `${data.rows} of ${count(data.of, what)}`;
  const windows = data.window === undefined ? '' : ` of ${data.window} tokens, one every ${data.stride},`;
  const seed = data.seed === undefined ? '' : `, sampled with seed ${data.seed}`;
  return `${model} over ${rows}${windows} of ${data.file}${seed}`;
}

const right = (title: string) => ({ title, right: true });

function metrics({ metrics }: EvaluateReport, style: Style): string {
  return table(
    [{ title: 'metric' }, ...['plaintext', 'secure', 'difference', '95 % of the difference'].map(right)],
    metrics.map(({ name, plaintext, secure, difference, interval }) => [
      name,
      figure(plaintext),
      figure(secure),
      difference === null ? '-' : small(difference),
      interval ? `${small(interval[0])} to ${small(interval[1])}` : '-',
    ]),
    style,
  );
}

const figure = (x: number | null): string => (x === null ? '-' : Math.abs(x) < 10 ? x.toFixed(4) : x.toPrecision(6));

/** How many rows that differ are shown. */
const SHOWN = 10;

function differentLabels({ results }: EvaluateReport, style: Style): string[] {
  const different = results.filter(({ plaintext, secure }) => plaintext.label !== secure.label);
  if (different.length === 0) return [];
  const rows = table(
    [right('line'), { title: 'right' }, { title: 'plaintext' }, { title: 'secure' }, { title: 'text' }],
    different
      .slice(0, SHOWN)
      .map(({ line, right, plaintext, secure, text, textPair }) => [
        String(line),
        String(right ?? ''),
        plaintext.label!,
        secure.label!,
        oneLine(textPair === undefined ? text! : `${text} | ${textPair}`, 60),
      ]),
    style,
  );
  const more = different.length > SHOWN ? [`and ${different.length - SHOWN} more: --json has them`] : [];
  return [[rows, ...more].join('\n')];
}

function outputs({ logits, task }: EvaluateReport, style: Style): string {
  const { max, mean, p50, p90, p99, p999 } = logits;
  return table(
    [{ title: 'difference of' }, ...['largest', 'mean', '50 %', '90 %', '99 %', '99.9 %'].map(right)],
    [[headOf(task).output, ...[max, mean, p50, p90, p99, p999].map(small)]],
    style,
  );
}

function layers({ layers, layersOf, results, task }: EvaluateReport, style: Style): string {
  const { one: what, priced } = headOf(task).words.row;
  const columns = ['largest', 'mean', '99.9 %', 'value (RMS)', 'largest / RMS', 'mean / RMS', '99.9 % / RMS'];
  const whose = layersOf === 1 ? `the first ${what}` : `the first ${layersOf} ${what}s`;
  const note =
    layersOf < results.length
      ? `Layers were opened for ${whose} only: it costs traffic, and is left out of the figures per ${priced}.`
      : `Layers were opened for every ${what}, which costs traffic: an inference takes less.`;
  return [
    table(
      [{ title: 'error after' }, ...columns.map(right)],
      layers.map(({ name, max, mean, p999, rms, relative }) => [
        name,
        ...[max, mean, p999].map(small),
        rms.toPrecision(3),
        ...[relative.max, relative.mean, relative.p999].map(small),
      ]),
      style,
    ),
    style.faint(note),
  ].join('\n');
}

function cost(report: EvaluateReport, style: Style): string {
  const { perSentence: each, seconds: s, bytes: b, rounds, parties, ring, simd } = report;
  const facts = [
    [
      `per ${headOf(report.task).words.row.priced}`,
      `${brief(each.seconds)}, ${bytes(Math.round(each.bytes))}, ${round(each.rounds)} rounds; ${brief(each.plaintextSeconds)} in the clear`,
    ],
    ['time', `${seconds(s.inference)} on shares, ${seconds(s.plaintext)} in the clear${started(s)}`],
    [
      'traffic',
      `${bytes(b.total)}: ${bytes(b.dealer)} from the dealer, ${bytes(b.online)} online, ${bytes(b.client)} with the client`,
    ],
    ['rounds', String(rounds)],
    ...(parties.length > 0
      ? [['memory', parties.map(({ party, peakRssBytes }) => `party ${party} ${bytes(peakRssBytes)}`).join(', ')]]
      : []),
    ...(report.network ? [['network', `${network(report.network)} (shaped)`]] : []),
    ['ring', `${describeRing(ring)}${simd ? `; ${simd}` : ''}`],
  ];
  return table([{ title: '', style: style.faint }, { title: '' }], facts as string[][], style);
}

const started = ({ startup, share }: EvaluateReport['seconds']): string => {
  const sharing = share > 0 ? `, ${seconds(share)} sharing the weights` : '';
  return startup > 0 ? `, ${seconds(startup)} start-up${sharing}` : '';
};

const brief = (s: number): string => (s < 0.1 ? `${(1000 * s).toPrecision(2)} ms` : seconds(s));

const round = (x: number): string => (Number.isInteger(x) ? String(x) : x.toFixed(1));

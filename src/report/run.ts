/** The report of an inference: one shape for machines, and how it reads for people. */
import { headOf, type Task } from '../heads/index.ts';
import type { Bytes } from '../work/bytes.ts';
import { describeRing, type RingReport } from './ring.ts';
import { oneLine, type Style, table } from './text.ts';
import { bytes, count, type Network, network, percent, seconds } from './units.ts';

export type Result = {
  text: string;
  textPair?: string;
  /** Missing for a model that does not classify. */
  label: string | null;
  scores: Record<string, number> | null;
  /** Of a bare encoder: its pooled output. */
  logits: number[];
};

/** What a run took. */
export type CostReport = {
  model: string;
  task: Task;
  seconds: { startup: number; share: number; inference: number };
  bytes: Bytes;
  rounds: number;
  /** By kind of work: seconds and rounds of evaluator 1, its waiting included; what the three parties sent each other. */
  kinds: Record<string, { seconds: number; bytes: number; rounds: number }>;
  /** Seconds of inference up to each layer, as evaluator 1 tells of it, over all texts; `answer` is what follows the last. */
  layers: { name: string; seconds: number }[];
  parties: { party: number; pid: number; peakRssBytes: number }[];
  ring: RingReport;
  simd: string;
  /** The library that took texts apart, where there is a tokenizer. */
  tokenizer?: { engine: string };
  /** Why no value leaves its ring unnoticed, if there is a reason. */
  ranges?: string;
  /** Between all ends, if it was shaped. */
  network?: Network;
  /** What the files of the checkpoint say that is not used. */
  warnings?: string[];
};

/** What `--json` prints of texts that were answered. */
export type RunReport = CostReport & { results: Result[] };

/** What people are told besides. */
export type Setting = {
  /** The portable engine is slow: why it runs. */
  engine: string;
  reason?: string;
  threads: number;
  /** The length that parties see, of each text; and whether it is padded. */
  tokens: number[];
  padded: boolean;
};

export function describeRun(report: RunReport, setting: Setting, style: Style): string {
  return [describeResults(report, style), '', describeCost(report, setting, style)].join('\n');
}

/** A row for each text: label, scores, text. */
function describeResults({ task, results }: RunReport, style: Style): string {
  const { answer, output } = headOf(task).words;
  const labels = Object.keys(results[0]?.scores ?? {});
  const shown = labels.length <= MANY ? labels : [];
  return table(
    [
      { title: answer?.one ?? output.shown, style: style.strong },
      ...(labels.length > MANY ? [{ title: 'scores' }] : shown.map((title) => ({ title, right: true }))),
      { title: 'text' },
    ],
    results.map((result) => [
      result.label ?? vector(result.logits),
      ...(labels.length > MANY ? [best(result.scores!)] : shown.map((label) => percent(result.scores![label]!))),
      textOf(result),
    ]),
    style,
  );
}

/** With more labels than these, only the best are shown. */
const MANY = 4;

export const textOf = ({ text, textPair }: Pick<Result, 'text' | 'textPair'>): string =>
  textPair === undefined ? oneLine(text) : `${oneLine(text, 35)} | ${oneLine(textPair, 35)}`;

function best(scores: Record<string, number>): string {
  const sorted = Object.entries(scores).sort(([, a], [, b]) => b - a);
  return sorted
    .slice(0, 3)
    .map(([label, score]) => `${label} ${percent(score)}`)
    .join(', ');
}

function vector(values: readonly number[]): string {
  const first = values.slice(0, 4).map((value) => value.toFixed(4));
  return values.length > 4 ? `[${first.join(', ')}, ... ${values.length} numbers]` : `[${first.join(', ')}]`;
}

/** Seconds, bytes, rounds, memory: what the run took. */
export function describeCost(report: CostReport, setting: Setting, style: Style): string {
  const { seconds: s, bytes: b, ring, simd, network: shaped } = report;
  const total = s.startup + s.share + s.inference;
  const shared = s.share > 0 ? `${seconds(s.share)} sharing the weights, ` : '';
  const engine = setting.engine === 'native' ? `native kernels, ${simd}` : `slow portable kernels (${setting.reason})`;
  const facts = [
    ['time', `${seconds(total)}: ${shared}${seconds(s.startup)} start-up, ${seconds(s.inference)} inference`],
    [
      'traffic',
      `${bytes(b.total)}: ${bytes(b.dealer)} from the dealer, ${bytes(b.online)} online, ${bytes(b.client)} with the client`,
    ],
    ['rounds', String(report.rounds)],
    ...(shaped ? [['network', `${network(shaped)} (shaped)`]] : []),
    ['ring', `${describeRing(ring)}; ${engine}, ${count(setting.threads, 'thread')}`],
    ...tokenizerRow(report),
    ...(report.ranges ? [['ranges', report.ranges]] : []),
    ['public', `the model's shape; ${lengths(setting)}`],
  ];
  const parties = report.parties.map(({ party, peakRssBytes }, i) => [
    `party ${party}${party === 0 ? ', dealer' : ''}`,
    bytes(b.perParty[i]!.sent),
    bytes(b.perParty[i]!.received),
    bytes(peakRssBytes),
  ]);
  return [
    table([{ title: '', style: style.faint }, { title: '' }], facts as string[][], style),
    '',
    table([{ title: '' }, ...['sent', 'received', 'memory'].map((title) => ({ title, right: true }))], parties, style),
  ].join('\n');
}

/** People are told where it is not the usual one, which runs on every machine that it has a build for. */
export const tokenizerRow = ({ tokenizer }: Pick<CostReport, 'tokenizer'>): string[][] =>
  tokenizer === undefined || tokenizer.engine === 'tokenizers'
    ? []
    : [['tokenizer', `${tokenizer.engine}: the package tokenizers has no build for this machine`]];

function lengths({ tokens, padded }: Setting): string {
  const [least, most] = [Math.min(...tokens), Math.max(...tokens)];
  if (padded) return `that texts have at most ${count(most, 'token')}`;
  const range = least === most ? count(most, 'token') : `${least} to ${most} tokens`;
  return `the length of the text${tokens.length === 1 ? '' : 's'}, ${range} (--pad-to hides it)`;
}

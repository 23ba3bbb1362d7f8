/** What evaluate() makes of its records. */
import type { Fault } from '../../evaluate/fault.ts';
import { faultOf, TOLERANCE } from '../../evaluate/fault.ts';
import type { BatchRecord, RowRecord, Traffic } from '../../evaluate/record.ts';
import { type Summary, summarise } from '../../evaluate/summary.ts';
import type { Scoring } from '../../heads/head.ts';
import type { Task } from '../../heads/index.ts';
import { openModel } from '../../loaders/open-model.ts';
import type { Model } from '../../models/model.ts';
import { placedMargins } from '../../plaintext/watched.ts';
import { ringsFor } from '../../plans/rings-for.ts';
import type { ModelRing } from '../../rings/schema.ts';
import type { Network } from '../../transport/shaped.ts';
import { engineOf, warningsOf } from '../run/reader.ts';
import type { Run } from '../run/run.ts';
import { type RingReport, type RunReport, ringOf } from '../run/running.ts';
import type { EvaluateOptions } from './options.ts';
import { type DataRow, windowSizes } from './rows.ts';

/** What one side answered: a label, a score, or the loss over all tokens to predict (natural logarithm). */
export type Side = { label?: string; score?: number; loss?: number; logits?: readonly number[] };

export type EvaluatedRow = {
  /** Of the data set, from 0; `line` of the file, from 1. */
  row: number;
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

export type Evaluation = Omit<Summary, 'rows' | 'gaps' | 'openedMax' | 'measured' | 'agreement' | 'total'> & {
  model: string;
  task: Task;
  data: { file: string; preset?: string; rows: number; of: number; seed?: number; window?: number; stride?: number };
  /** Labels or next tokens that are the same, and of the others those that the tolerance allows to differ. */
  agreement: { same: number; of: number; ties: number } | null;
  tolerance: number;
  within: boolean;
  fault: Fault | null;
  /** Start-up and sharing are those of this run, the rest of all that was recorded. */
  seconds: { startup: number; share: number; inference: number; plaintext: number };
  bytes: Traffic;
  rounds: number;
  /** None when all rows had been recorded before. */
  parties: RunReport['parties'];
  ring: RingReport;
  simd?: string;
  /** The library that took texts apart, where there is a tokenizer. */
  tokenizer?: { engine: string };
  network?: Network;
  results: EvaluatedRow[];
  /** What the files of the checkpoint say that is not used, if there is anything. */
  warnings?: string[];
};

export async function evaluationOf(
  scoring: Scoring,
  options: EvaluateOptions,
  run: Run,
  data: readonly DataRow[],
  batches: readonly BatchRecord[],
  /** Of the parties, and the ring that the weights were shared in; missing when all rows had been recorded before. */
  ran: { report: RunReport; ring: ModelRing } | undefined,
): Promise<Evaluation> {
  const { program, name } = run.reader;
  const { network } = run;
  const { tolerance = TOLERANCE } = options;
  const { total, rows, gaps, openedMax, measured, agreement, ...summary } = summarise(
    scoring,
    program.outputs,
    batches,
  );
  const rings = ran?.ring ?? (await ringsOf(run));
  const records = batches.flatMap((batch) => batch.rows).sort((a, b) => a.row - b.row);
  const { output } = program.head;
  const fault = faultOf({
    errors: summary.layersOf === 0 ? [] : [...summary.layers, { name: output, max: openedMax }],
    output: { name: output, max: summary.logits.max },
    sites: await placedMargins(program, rings, measured, options.padTo !== undefined),
    tolerance,
  });
  const { startup = 0, share = 0 } = ran?.report.seconds ?? {};
  return {
    model: name,
    task: program.head.name,
    data: dataOf(options, program, rows, data.length),
    agreement: agreement && { ...agreement, ties: gaps.filter((gap) => gap <= 2 * tolerance).length },
    ...summary,
    ...{ tolerance, within: summary.logits.max <= tolerance, fault },
    seconds: { startup, share, inference: total.seconds, plaintext: total.plaintextSeconds },
    bytes: total.bytes,
    rounds: total.rounds,
    parties: ran?.report.parties ?? [],
    ring: ran?.report.ring ?? (await unstartedRing(run, rings)),
    ...(ran ? { simd: ran.report.simd } : {}),
    ...(network ? { network } : {}),
    ...engineOf(run.reader),
    ...(ran?.report.warnings ? { warnings: ran.report.warnings } : warningsOf(run.reader)),
    results: records.map((record) => resultOf(scoring, program, data[record.row]!, record)),
  };
}

const unstartedRing = async (run: Run, ring: ModelRing): Promise<RingReport> =>
  ringOf(run.shared?.manifest ?? { ring, calibration: 'absent' }, await run.model(), run.shared !== undefined);

/** When all was recorded before and nothing is shared any more. */
async function ringsOf(run: Run): Promise<ModelRing> {
  if (run.shared) return run.shared.manifest.ring;
  const model = await run.model();
  const checkpoint = await openModel(model, run.options.kernels);
  return ringsFor({ model, program: run.reader.program, checkpoint }).finally(() => checkpoint.close());
}

function dataOf(options: EvaluateOptions, program: Model, rows: number, of: number): Evaluation['data'] {
  const { data: file, preset, seed } = options;
  return {
    file,
    ...(preset ? { preset } : {}),
    ...{ rows, of },
    ...(seed === undefined ? {} : { seed }),
    ...(program.head.continues ? windowSizes(options, program) : {}),
  };
}

function resultOf(
  scoring: Scoring,
  { labels }: Model,
  { text: textOf, line, window }: DataRow,
  record: RowRecord,
): EvaluatedRow {
  const { row, right, same, output } = record;
  if (scoring === 'tokens') {
    const [plaintext, secure] = [{ loss: record.plain }, { loss: record.secure }];
    return { row, begin: window!.begin, tokens: right!, plaintext, secure, same };
  }
  const { text, pair } = textOf();
  const side = (of: 'plain' | 'secure'): Side => ({
    ...(scoring === 'labels' ? { label: labels[record[of]]! } : {}),
    ...(scoring === 'scores' ? { score: record[of] } : {}),
    ...('plain' in output ? { logits: output[of] } : {}),
  });
  return {
    row,
    ...(line === undefined ? {} : { line }),
    text: text!,
    ...(pair === undefined ? {} : { textPair: pair }),
    ...(right === null ? {} : { right: scoring === 'labels' ? labels[right]! : right }),
    plaintext: side('plain'),
    secure: side('secure'),
  };
}

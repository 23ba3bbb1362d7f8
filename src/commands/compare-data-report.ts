/** What `puma compare-plaintext --data` makes of its records. */

import { faultOf, TOLERANCE } from '../evaluate/fault.ts';
import type { BatchRecord, RowRecord } from '../evaluate/record.ts';
import { summarise } from '../evaluate/summary.ts';
import type { Scoring } from '../heads/head.ts';
import { openModel } from '../loaders/open-model.ts';
import type { Model } from '../models/model.ts';
import { placedMargins } from '../plaintext/watched.ts';
import { ringsFor } from '../plans/rings-for.ts';
import type { EvaluatedRow, EvaluateReport, Side } from '../report/evaluate.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { DataOptions } from './compare-data-options.ts';
import { type DataRow, windowSizes } from './compare-data-rows.ts';
import type { Inputs, RunOptions } from './inputs.ts';
import { ringOf } from './run.ts';
import type { ToleranceOptions } from './verdict.ts';

/** What a run tells beside its records. */
export type Ran = Pick<EvaluateReport, 'parties'> & {
  seconds: { startup: number; share: number };
  /** That the weights are shared in. */
  ring: ModelRing;
  simd?: string;
};

export async function reportOf(
  scoring: Scoring,
  options: DataOptions & ToleranceOptions & Pick<RunOptions, 'padTo'> & { data: string },
  inputs: Inputs,
  data: readonly DataRow[],
  batches: readonly BatchRecord[],
  ran: Ran | undefined,
): Promise<EvaluateReport> {
  const { model, program, network } = inputs;
  const { tolerance = TOLERANCE } = options;
  const { total, rows, gaps, openedMax, measured, agreement, ...summary } = summarise(
    scoring,
    program.outputs,
    batches,
  );
  const ring = ran?.ring ?? (await ringsOf(inputs));
  const records = batches.flatMap((batch) => batch.rows).sort((a, b) => a.row - b.row);
  const { output } = program.head;
  const fault = faultOf({
    errors: summary.layersOf === 0 ? [] : [...summary.layers, { name: output, max: openedMax }],
    output: { name: output, max: summary.logits.max },
    sites: await placedMargins(program, ring, measured, options.padTo !== undefined),
    tolerance,
  });
  return {
    model: model.name,
    task: program.head.name,
    data: dataOf(options, program, rows, data.length),
    agreement: agreement && { ...agreement, ties: gaps.filter((gap) => gap <= 2 * tolerance).length },
    ...summary,
    ...{ tolerance, within: summary.logits.max <= tolerance, fault },
    seconds: {
      startup: ran?.seconds.startup ?? 0,
      share: ran?.seconds.share ?? 0,
      inference: total.seconds,
      plaintext: total.plaintextSeconds,
    },
    bytes: total.bytes,
    rounds: total.rounds,
    parties: ran?.parties ?? [],
    ring: ringOf(inputs, ring),
    ...(ran?.simd ? { simd: ran.simd } : {}),
    ...(network ? { network } : {}),
    results: records.map((record) => resultOf(scoring, program, data[record.row]!, record)),
  };
}

/** When all was recorded before and nothing is shared any more. */
async function ringsOf({ model, program, kernels, shared }: Inputs): Promise<ModelRing> {
  if (shared) return shared.manifest.ring;
  const checkpoint = await openModel(model, kernels);
  return ringsFor({ model, program, checkpoint }).finally(() => checkpoint.close());
}

function dataOf(
  options: DataOptions & { data: string },
  program: Model,
  rows: number,
  of: number,
): EvaluateReport['data'] {
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

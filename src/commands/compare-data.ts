/** `puma compare-plaintext --data`: the rows of a data set on both sides, and how far they are apart. */

import { readDataFile } from '../loaders/dataset.ts';
import { openModel, readModelConfig } from '../loaders/open-model.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { plannedWeights } from '../models/weights.ts';
import { describeEvaluation, type EvaluatedRow, type EvaluateReport, type Side } from '../report/evaluate.ts';
import { seconds } from '../report/units.ts';
import type { Shown, Took } from '../service/client.ts';
import { evaluate, selectRows } from '../service/evaluate.ts';
import type { Kind, Row, RowRecord } from '../service/evaluate-record.ts';
import { summarise } from '../service/evaluate-summary.ts';
import { logitsForbidden } from '../service/job.ts';
import { inferPlain } from '../service/plain.ts';
import { memoryState, modelDigest, openState, type Pins, type State, textDigest } from '../service/resume.ts';
import { tapNames } from '../service/taps.ts';
import { checkDataOptions, checkTask, type DataOptions, LAYERS_OF } from './compare-data-options.ts';
import { type DataRow, kindOf, rowsOf, windowSizes } from './compare-data-rows.ts';
import { type HtmlOptions, writeHtml } from './html.ts';
import { type Inputs, type RunOptions, readInputs } from './inputs.ts';
import { readModel } from './model-options.ts';
import { type Progress, progressBars } from './progress.ts';
import { ringOf, withParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Context } from './verb.ts';

type Options = RunOptions & DataOptions & HtmlOptions & { data: string };

/** What a run tells beside its records. */
type Ran = Pick<EvaluateReport, 'parties'> & { seconds: { startup: number; share: number }; simd?: string };

export async function compareData(options: Options, { signal }: Context): Promise<string> {
  checkDataOptions(options);
  const model = await readModel(options);
  const program = modelFor(await readModelConfig(model));
  checkTask(options, model.name, program);
  const file = await readDataFile(options.data);
  const data = await rowsOf(file, options, model, program);
  const chosen = selectRows(data.length, options);
  const inputs = await readInputs(
    options,
    signal,
    chosen.map((row) => data[row]!.text()),
  );
  const kind = kindOf(program);
  if (kind === 'tokens' && inputs.shared && inputs.shared.manifest.reveal !== 'logits') {
    throw logitsForbidden('compare-plaintext');
  }
  const rows = chosen.map((row, i): Row => {
    const { right, window } = data[row]!;
    return { row, query: inputs.queries[i]!, right, ...(window ? { first: window.first } : {}) };
  });
  const state = await stateOf(options, inputs, file.text, new Set(chosen));
  try {
    const ran = await run(rows, kind, options, inputs, state, signal);
    const report = reportOf(kind, options, inputs, data, state, ran);
    await writeHtml(options, 'compare-plaintext', (pages, about) => pages.evaluatePage(report, about));
    return options.json ? JSON.stringify(report) : describeEvaluation(report, terminalStyle());
  } finally {
    await state.close();
  }
}

async function stateOf(options: Options, inputs: Inputs, text: string, rows: ReadonlySet<number>): Promise<State> {
  const { resume, network, preset, textColumn, pairColumn, labelColumn, limit, seed, padTo } = options;
  if (resume === undefined) return memoryState();
  const { model, config, program, shared } = inputs;
  const columns = Object.entries({ text: textColumn, pair: pairColumn, label: labelColumn });
  const given = { preset, limit, seed, 'pad-to': padTo, network: network?.name, shares: shared?.manifest.id };
  const pins: Record<string, string | number | undefined> = {
    model: model.name,
    'the model (digest)': await modelDigest(model, config),
    'the data (digest)': textDigest(text),
    'layers-of': options.layersOf ?? LAYERS_OF,
    ...(program.task === 'generate' ? windowSizes(options, program) : {}),
    ...given,
    ...Object.fromEntries(columns.map(([name, value]) => [`${name}-column`, value])),
  };
  const known = Object.entries(pins).filter(([, value]) => value !== undefined);
  return openState(resume, Object.fromEntries(known) as Pins, rows);
}

/** Evaluates what is not recorded yet. Parties are started only if there is something to do. */
async function run(
  rows: readonly Row[],
  kind: Kind,
  options: Options,
  inputs: Inputs,
  state: State,
  signal: AbortSignal,
): Promise<Ran | undefined> {
  const done = new Set(state.batches.flatMap((batch) => batch.rows.map(({ row }) => row)));
  if (done.size === rows.length) return undefined;
  const { kernels, program } = inputs;
  const { batch = 1, layersOf = LAYERS_OF } = options;
  const progress = progressBars(options);
  const checkpoint = await openModel(inputs.model, kernels);
  try {
    const weights = plannedWeights(program.plan(checkpoint.names), checkpoint.read);
    const bar = rowBar(progress, rows.length, done.size, (await tapNames(program)).length);
    const context = { signal, progress, layers: layersOf > 0 };
    return await withParties(inputs, context, bar.tick, async (parties, { seconds }) => {
      const peaks = [0, 0, 0];
      bar.start();
      try {
        await evaluate(rows, done, {
          kind,
          batch,
          layersOf,
          inferPlain: (query) => inferPlain({ kernels, model: program, weights, signal }, query),
          async inferSecure(queries) {
            const answer: { texts: Shown[] } & Took = await parties.inferAll(queries);
            for (const [i, { peakRssBytes }] of answer.reports.entries()) peaks[i] = Math.max(peaks[i]!, peakRssBytes);
            return answer;
          },
          async record(done) {
            await state.append(done);
            bar.done(done.rows.length);
          },
        });
      } finally {
        bar.end();
      }
      const ready = parties.client.parties;
      return {
        seconds,
        parties: ready.map(({ pid }, party) => ({ party, pid, peakRssBytes: peaks[party]! })),
        simd: ready[1]!.simd,
      };
    });
  } finally {
    await checkpoint.close();
  }
}

/** Rows that are done, and how long the others will take. Values that an evaluator tells of move it within a row. */
function rowBar(progress: Progress, total: number, before: number, values: number) {
  let [began, done, ticks] = [0, before, 0];
  let step: ReturnType<Progress> | undefined;
  const show = () => {
    const at = Math.min(done + ticks / values, total);
    const perRow = (performance.now() - began) / 1000 / (at - before);
    const left = Number.isFinite(perRow) ? `, ${seconds(perRow * (total - at))} left` : '';
    step?.to(at, `${done} of ${total}${left}`);
  };
  return {
    start() {
      began = performance.now();
      step = progress('Rows', total);
      show();
    },
    tick() {
      ticks += 1;
      show();
    },
    done(rows: number) {
      done += rows;
      ticks = 0;
      show();
    },
    end: () => step?.end(),
  };
}

function reportOf(
  kind: Kind,
  options: Options,
  inputs: Inputs,
  data: readonly DataRow[],
  state: State,
  ran: Ran | undefined,
): EvaluateReport {
  const { model, program, network } = inputs;
  const { total, rows, ...summary } = summarise(kind, program.outputs, state.batches);
  const { data: file, preset, seed } = options;
  const records = state.batches.flatMap((batch) => batch.rows).sort((a, b) => a.row - b.row);
  return {
    model: model.name,
    task: program.task,
    data: {
      file,
      ...(preset ? { preset } : {}),
      rows,
      of: data.length,
      ...(seed === undefined ? {} : { seed }),
      ...(kind === 'tokens' ? windowSizes(options, program) : {}),
    },
    ...summary,
    seconds: {
      startup: ran?.seconds.startup ?? 0,
      share: ran?.seconds.share ?? 0,
      inference: total.seconds,
      plaintext: total.plaintextSeconds,
    },
    bytes: total.bytes,
    rounds: total.rounds,
    parties: ran?.parties ?? [],
    ring: ringOf(inputs),
    ...(ran?.simd ? { simd: ran.simd } : {}),
    ...(network ? { network } : {}),
    results: records.map((record) => resultOf(kind, program, data[record.row]!, record)),
  };
}

function resultOf(
  kind: Kind,
  { labels }: Model,
  { text: textOf, line, window }: DataRow,
  record: RowRecord,
): EvaluatedRow {
  const { row, right, same, output } = record;
  if (kind === 'tokens') {
    const [plaintext, secure] = [{ loss: record.plain }, { loss: record.secure }];
    return { row, begin: window!.begin, tokens: right!, plaintext, secure, same };
  }
  const { text, pair } = textOf();
  const side = (of: 'plain' | 'secure'): Side => ({
    ...(kind === 'labels' ? { label: labels[record[of]]! } : {}),
    ...(kind === 'scores' ? { score: record[of] } : {}),
    ...('plain' in output ? { logits: output[of] } : {}),
  });
  return {
    row,
    ...(line === undefined ? {} : { line }),
    text: text!,
    ...(pair === undefined ? {} : { textPair: pair }),
    ...(right === null ? {} : { right: kind === 'labels' ? labels[right]! : right }),
    plaintext: side('plain'),
    secure: side('secure'),
  };
}

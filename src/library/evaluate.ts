import { readDataFile } from '../datasets/dataset.ts';
import { evaluate as evaluateRows, selectRows } from '../evaluate/evaluate.ts';
import type { Row } from '../evaluate/record.ts';
import { memoryState, modelDigest, openState, type Pins, type State, textDigest } from '../evaluate/resume.ts';
import type { Scoring } from '../heads/head.ts';
import { openModel } from '../loaders/open-model.ts';
import { plannedWeights } from '../models/weights.ts';
import { Sites } from '../ops/sites.ts';
import { mergeMeasured, RangeNews } from '../plaintext/range-records.ts';
import { measuredAt } from '../plaintext/ranges.ts';
import { tapNames } from '../plaintext/taps.ts';
import { inferWatched } from '../plaintext/watched.ts';
import { logitsForbidden } from '../runtime/job.ts';
import { checkModel, checkSelection, EVALUATE_FIELDS, type EvaluateOptions, LAYERS_OF } from './evaluate/options.ts';
import { type Evaluation, evaluationOf } from './evaluate/report.ts';
import { type DataRow, rowsOf, windowSizes } from './evaluate/rows.ts';
import { checkOptions } from './fields.ts';
import type { OnProgress, Progress } from './progress.ts';
import { forEachText } from './run/query.ts';
import { prepareRun, type Run } from './run/run.ts';
import type { Running, RunReport } from './run/running.ts';

/**
 * comparePlaintext() over the rows of a data set: metrics of both sides, how far outputs and layers are apart, and what a row costs. Rows
 * that are done are kept in the file `resume`, if one is named.
 *
 *     const { metrics, agreement } = await evaluate({ model: 'bert-tiny-sst2', data: 'dev.tsv', preset: 'sst2', limit: 100 });
 *
 * @throws PumaError E_DATA, E_LABEL, E_RESUME, E_VALUE, and what comparePlaintext() throws
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  checkOptions(EVALUATE_FIELDS, options);
  checkSelection(options);
  const bar = rowBar(options.onProgress);
  const run = await prepareRun({ ...options, onProgress: bar.heard });
  checkModel(options, run.reader);
  const { program } = run.reader;
  const file = await readDataFile(options.data);
  const data = rowsOf(file, options, run.reader);
  const chosen = selectRows(data.length, selectionOf(options));
  const scoring = program.head.scoring(program.labels);
  if (scoring === 'tokens' && run.permits !== 'logits') throw logitsForbidden();
  const rows = await readRows(run, data, chosen, options);
  const state = await stateOf(options, run, file.text, new Set(chosen));
  try {
    const ran = await answerRows(rows, scoring, options, run, state, bar);
    return await evaluationOf(scoring, options, run, data, state.batches, ran);
  } finally {
    await state.close();
  }
}

const selectionOf = ({ limit, seed }: EvaluateOptions) => ({
  ...(limit === undefined ? {} : { limit }),
  ...(seed === undefined ? {} : { seed }),
});

const readRows = (
  run: Run,
  data: readonly DataRow[],
  chosen: readonly number[],
  options: EvaluateOptions,
): Promise<Row[]> =>
  forEachText(chosen, options.signal, (row) => {
    const { text, right, window } = data[row]!;
    const query = run.query({ ...(text() as { text: string }), padTo: options.padTo });
    return { row, query, right, ...(window ? { first: window.first } : {}) };
  });

async function stateOf(options: EvaluateOptions, run: Run, text: string, rows: ReadonlySet<number>): Promise<State> {
  const { resume, preset, textColumn, pairColumn, labelColumn, limit, seed, padTo } = options;
  if (resume === undefined) return memoryState();
  const { reader, shared, network } = run;
  const columns = Object.entries({ text: textColumn, pair: pairColumn, label: labelColumn });
  const pins: Record<string, string | number | undefined> = {
    model: reader.name,
    'the model (digest)': await modelDigest(await run.model(), reader.config),
    'the data (digest)': textDigest(text),
    'layers-of': options.layersOf ?? LAYERS_OF,
    ...(reader.program.head.continues ? windowSizes(options, reader.program) : {}),
    ...{ preset, limit, seed, 'pad-to': padTo, network: network?.name, shares: shared?.manifest.id },
    ...Object.fromEntries(columns.map(([name, value]) => [`${name}-column`, value])),
  };
  const known = Object.entries(pins).filter(([, value]) => value !== undefined);
  return openState(resume, Object.fromEntries(known) as Pins, rows);
}

type Answered = { report: RunReport; ring: Running['manifest']['ring'] };

/** Evaluates what is not recorded yet. Parties are started only if there is something to do. */
async function answerRows(
  rows: readonly Row[],
  scoring: Scoring,
  options: EvaluateOptions,
  run: Run,
  state: State,
  bar: ReturnType<typeof rowBar>,
): Promise<Answered | undefined> {
  const done = new Set(state.batches.flatMap((batch) => batch.rows.map(({ row }) => row)));
  if (done.size === rows.length) return undefined;
  const { program } = run.reader;
  const { kernels, signal } = run.options;
  const { batch = 1, layersOf = LAYERS_OF } = options;
  const model = await run.model();
  const checkpoint = await openModel(model, kernels);
  try {
    const weights = plannedWeights(program.plan(checkpoint.names), checkpoint.read);
    const sites = new Sites();
    const news = new RangeNews(mergeMeasured(state.batches.map(({ ranges }) => ranges)));
    const watched = { kernels, model: program, weights, ring: model.ring, sites, signal };
    const running = await run.start({ revealLayers: layersOf > 0 });
    try {
      bar.start(rows.length, done.size, (await tapNames(program)).length);
      await evaluateRows(rows, done, {
        ...{ scoring, batch, layersOf },
        inferPlain: (query) => inferWatched(watched, query),
        ranges: () => news.since(measuredAt(sites)),
        inferSecure: (queries) => running.askAll(queries),
        async record(done) {
          await state.append(done);
          bar.done(done.rows.length);
        },
      });
      return { report: running.report(), ring: running.manifest.ring };
    } finally {
      await running.close();
    }
  } finally {
    await checkpoint.close();
  }
}

/** Rows that are done. Values that an evaluator tells of move it within a row. */
function rowBar(onProgress: OnProgress) {
  let [total, done, ticks, values] = [0, 0, 0, 0];
  const tell = () =>
    onProgress?.({ what: 'rows', done: Math.min(done + ticks / values, total), total, name: `${done} of ${total}` });
  return {
    /** What the run does until rows are asked, and then how far it is with them. */
    heard(progress: Progress) {
      if (progress.what !== 'compute') return onProgress?.(progress);
      if (total === 0 || progress.name === undefined) return;
      ticks += 1;
      tell();
    },
    start(rows: number, before: number, perRow: number) {
      [total, done, values] = [rows, before, perRow];
      tell();
    },
    done(rows: number) {
      [done, ticks] = [done + rows, 0];
      tell();
    },
  };
}

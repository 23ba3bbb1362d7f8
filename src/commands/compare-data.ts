/** `puma compare-plaintext --data`: the rows of a data set on both sides, and how far they are apart. */

import { readDataFile } from '../datasets/dataset.ts';
import { evaluate, selectRows } from '../evaluate/evaluate.ts';
import type { Row } from '../evaluate/record.ts';
import { memoryState, modelDigest, openState, type Pins, type State, textDigest } from '../evaluate/resume.ts';
import type { Scoring } from '../heads/head.ts';
import { openModel, readModelConfig } from '../loaders/open-model.ts';
import { modelFor } from '../models/index.ts';
import { plannedWeights } from '../models/weights.ts';
import { Sites } from '../ops/sites.ts';
import { mergeMeasured, RangeNews } from '../plaintext/range-records.ts';
import { measuredAt } from '../plaintext/ranges.ts';
import { tapNames } from '../plaintext/taps.ts';
import { inferWatched } from '../plaintext/watched.ts';
import { comparedOf, describeEvaluation } from '../report/evaluate.ts';
import { seconds } from '../report/units.ts';
import type { Shown, Took } from '../runtime/client.ts';
import { logitsForbidden } from '../runtime/job.ts';
import { checkDataOptions, checkTask, type DataOptions, LAYERS_OF } from './compare-data-options.ts';
import { type Ran, reportOf } from './compare-data-report.ts';
import { rowsOf, windowSizes } from './compare-data-rows.ts';
import { type HtmlOptions, writeHtml } from './html.ts';
import { type Inputs, type RunOptions, readInputs } from './inputs.ts';
import { readModel } from './model-options.ts';
import { type Progress, progressBars } from './progress.ts';
import { withParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Context } from './verb.ts';
import { conclude, type ToleranceOptions } from './verdict.ts';

type Options = RunOptions & DataOptions & ToleranceOptions & HtmlOptions & { data: string };

export async function compareData(options: Options, context: Context): Promise<string> {
  const { signal } = context;
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
  const scoring = program.head.scoring(program.labels);
  if (scoring === 'tokens' && inputs.shared && inputs.shared.manifest.reveal !== 'logits') {
    throw logitsForbidden('compare-plaintext');
  }
  const rows = chosen.map((row, i): Row => {
    const { right, window } = data[row]!;
    return { row, query: inputs.queries[i]!, right, ...(window ? { first: window.first } : {}) };
  });
  const state = await stateOf(options, inputs, file.text, new Set(chosen));
  try {
    const ran = await run(rows, scoring, options, inputs, state, signal);
    const report = await reportOf(scoring, options, inputs, data, state.batches, ran);
    await writeHtml(options, 'compare-plaintext', (pages, about) => pages.evaluatePage(report, about));
    const text = options.json ? JSON.stringify(report) : describeEvaluation(report, terminalStyle());
    return await conclude(text, comparedOf(report), context);
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
    ...(program.head.continues ? windowSizes(options, program) : {}),
    ...given,
    ...Object.fromEntries(columns.map(([name, value]) => [`${name}-column`, value])),
  };
  const known = Object.entries(pins).filter(([, value]) => value !== undefined);
  return openState(resume, Object.fromEntries(known) as Pins, rows);
}

/** Evaluates what is not recorded yet. Parties are started only if there is something to do. */
async function run(
  rows: readonly Row[],
  scoring: Scoring,
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
    const sites = new Sites();
    const news = new RangeNews(mergeMeasured(state.batches.map(({ ranges }) => ranges)));
    const watched = { kernels, model: program, weights, ring: inputs.model.ring, sites, signal };
    const context = { signal, progress, layers: layersOf > 0 };
    return await withParties(inputs, context, bar.tick, async (parties, { seconds, manifest }) => {
      const peaks = [0, 0, 0];
      bar.start();
      try {
        await evaluate(rows, done, {
          scoring,
          batch,
          layersOf,
          inferPlain: (query) => inferWatched(watched, query),
          ranges: () => news.since(measuredAt(sites)),
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
        ring: manifest.ring,
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

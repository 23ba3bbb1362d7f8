import { type Comparison, compareAnswers, inferAllWatched, type PlainRun } from '../evaluate/compare.ts';
import { TOLERANCE } from '../evaluate/fault.ts';
import type { Query } from '../models/query.ts';
import { tapNames } from '../plaintext/taps.ts';
import { type CompareReport, comparedOf, describeComparison } from '../report/compare.ts';
import { titleOf } from './answer.ts';
import { compareData } from './compare-data.ts';
import { checkNoData, DATA_OPTIONS, type DataOptions } from './compare-data-options.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from './html.ts';
import { type Inputs, RUN_OPTIONS, type RunOptions, readInputs } from './inputs.ts';
import { type Progress, progressBars } from './progress.ts';
import { type Run, runParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Verb } from './verb.ts';
import { conclude, TOLERANCE_OPTION, type ToleranceOptions } from './verdict.ts';

/** `puma compare-plaintext`: the same texts in the clear and by three parties, which open every layer for this. */
export const comparePlaintext: Verb<RunOptions & DataOptions & ToleranceOptions & HtmlOptions> = {
  name: 'compare-plaintext',
  summary: 'show how far secure answers are from those in the clear',
  options: [...RUN_OPTIONS.slice(0, -2), TOLERANCE_OPTION, ...DATA_OPTIONS, ...RUN_OPTIONS.slice(-2), HTML_OPTION],
  examples: [
    'puma compare-plaintext --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma compare-plaintext --model bert-tiny-sst2 --file reviews.txt --json',
    'puma compare-plaintext --model bert-tiny-sst2 --data dev.tsv --preset sst2 --limit 200 --seed 1 --batch 8',
    'puma compare-plaintext --model gpt2-tiny-shakespeare --data input.txt --window 128 --limit 20 --resume state.jsonl',
  ],
  async run(options, context) {
    const { signal } = context;
    await checkHtml(options);
    const { data, tolerance = TOLERANCE } = options;
    if (data !== undefined) return compareData({ ...options, data }, context);
    checkNoData(options);
    const inputs = await readInputs(options, signal);
    const progress = progressBars(options);
    const began = performance.now();
    const plain = await inferPlain(inputs, progress, signal);
    const plaintext = (performance.now() - began) / 1000;
    const { program, queries, tokenizer } = inputs;
    const run = await runParties(inputs, { signal, progress, layers: true }, async (ask) => {
      for (const [i, query] of queries.entries()) await ask(shown(inputs, query), titleOf(i, queries.length));
    });
    const { answers, ring } = run;
    const all = { ...plain, program, queries, answers, ring, tolerance, decode: tokenizer?.decode };
    const report = reportOf(inputs, await compareAnswers(all), run, plaintext);
    await writeHtml(options, 'compare-plaintext', (pages, about) => pages.comparePage(report, about));
    const text = options.json ? JSON.stringify(report) : describeComparison(report, run.setting, terminalStyle());
    return conclude(text, comparedOf(report), context);
  },
};

/** The query that shows what is compared. */
const shown = ({ program }: Inputs, query: Query): Query => ({ ...query, reveal: program.head.reveals.compared });

async function inferPlain(inputs: Inputs, progress: Progress, signal: AbortSignal): Promise<PlainRun> {
  const { model, program, kernels, queries } = inputs;
  const step = progress('Computing in clear', queries.length * (await tapNames(program)).length);
  let done = 0;
  const onProgress = () => step.to(++done);
  return inferAllWatched({ model, program, kernels, queries, onProgress, signal }).finally(() => step.end());
}

function reportOf(
  { texts }: Inputs,
  { results, ...compared }: Comparison,
  { report }: Run<unknown>,
  plaintext: number,
): CompareReport {
  const { model, task, seconds, ...cost } = report;
  return {
    ...{ model, task },
    results: texts.map(({ text, pair, ids }, i) => ({
      text: text ?? ids!.join(','),
      ...(pair === undefined ? {} : { textPair: pair }),
      ...results[i]!,
    })),
    ...compared,
    seconds: { ...seconds, plaintext },
    ...cost,
  };
}

import { openModel } from '../loaders/open-model.ts';
import { plannedWeights } from '../models/weights.ts';
import { describeComparison } from '../report/compare.ts';
import { describeOutput } from '../service/answers.ts';
import type { Query } from '../service/client.ts';
import { differences, inferPlain, mergeDifferences, type PlainAnswer } from '../service/plain.ts';
import { tapNames } from '../service/taps.ts';
import { titleOf } from './answer.ts';
import { compareData } from './compare-data.ts';
import { checkNoData, DATA_OPTIONS, type DataOptions } from './compare-data-options.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from './html.ts';
import { type Inputs, RUN_OPTIONS, type RunOptions, readInputs } from './inputs.ts';
import { type Progress, progressBars } from './progress.ts';
import { type Run, runParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Verb } from './verb.ts';

/** `puma compare-plaintext`: the same texts in the clear and by three parties, which open every layer for this. */
export const comparePlaintext: Verb<RunOptions & DataOptions & HtmlOptions> = {
  name: 'compare-plaintext',
  summary: 'show how far secure answers are from those in the clear',
  options: [...RUN_OPTIONS.slice(0, -2), ...DATA_OPTIONS, ...RUN_OPTIONS.slice(-2), HTML_OPTION],
  examples: [
    'puma compare-plaintext --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma compare-plaintext --model bert-tiny-sst2 --file reviews.txt --json',
    'puma compare-plaintext --model bert-tiny-sst2 --data dev.tsv --preset sst2 --limit 200 --seed 1 --batch 8',
    'puma compare-plaintext --model gpt2-tiny-shakespeare --data input.txt --window 128 --limit 20 --resume state.jsonl',
  ],
  async run(options, context) {
    const { signal } = context;
    await checkHtml(options);
    const { data } = options;
    if (data !== undefined) return compareData({ ...options, data }, context);
    checkNoData(options);
    const inputs = await readInputs(options, signal);
    const progress = progressBars(options);
    const began = performance.now();
    const plain = await inferAllPlain(inputs, progress, signal);
    const plaintext = (performance.now() - began) / 1000;
    const run = await runParties(inputs, { signal, progress, layers: true }, async (ask) => {
      for (const [i, query] of inputs.queries.entries()) await ask(shown(inputs, query), titleOf(i, plain.length));
    });
    const report = compare(inputs, plain, run, plaintext);
    await writeHtml(options, 'compare-plaintext', (pages, about) => pages.comparePage(report, about));
    return options.json ? JSON.stringify(report) : describeComparison(report, run.setting, terminalStyle());
  },
};

/** Of a model that generates, the logits behind the text. */
const shown = ({ program }: Inputs, query: Query): Query =>
  program.task === 'generate' ? { ...query, reveal: 'logits' } : query;

async function inferAllPlain(inputs: Inputs, progress: Progress, signal: AbortSignal): Promise<PlainAnswer[]> {
  const { program, kernels, queries } = inputs;
  const checkpoint = await openModel(inputs.model, kernels);
  const step = progress('Computing in clear', queries.length * (await tapNames(program)).length);
  try {
    const weights = plannedWeights(program.plan(checkpoint.names), checkpoint.read, queries.length > 1);
    const answers: PlainAnswer[] = [];
    let done = 0;
    const onProgress = () => step.to(++done);
    for (const query of queries)
      answers.push(await inferPlain({ kernels, model: program, weights, onProgress, signal }, query));
    return answers;
  } finally {
    step.end();
    await checkpoint.close();
  }
}

function compare(
  { program, texts, tokenizer }: Inputs,
  plain: readonly PlainAnswer[],
  { answers, report }: Run<unknown>,
  plaintext: number,
) {
  const output = program.task === 'embed' ? 'output' : 'logits';
  const gaps = answers.map((answer, i) => differences(plain[i]!, answer.layers, answer.output, output));
  const describe = (output: ArrayLike<number>) => describeOutput(program, output, tokenizer?.decode);
  const results = texts.map(({ text, pair, ids }, i) => ({
    text: text ?? ids!.join(','),
    ...(pair === undefined ? {} : { textPair: pair }),
    ...describe(answers[i]!.output),
    plaintext: describe(plain[i]!.output),
    logitsMax: gaps[i]!.at(-1)!.max,
  }));
  const layers = mergeDifferences(gaps);
  const difference = {
    logitsMax: layers.at(-1)!.max,
    labelsEqual: results.every((result) => result.label === result.plaintext.label),
    layers,
  };
  const { model, task, seconds, ...cost } = report;
  return { model, task, results, difference, seconds: { ...seconds, plaintext }, ...cost };
}

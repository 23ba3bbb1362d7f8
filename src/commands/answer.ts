import { describeRun } from '../report/run.ts';
import { describeOutput } from '../runtime/answers.ts';
import { type HtmlOptions, writeHtml } from './html.ts';
import type { Inputs, RunOptions } from './inputs.ts';
import { progressBars } from './progress.ts';
import { runParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Context } from './verb.ts';

/** `puma infer` of a model that classifies or embeds. -> the report */
export async function answerTexts(
  inputs: Inputs,
  options: RunOptions & HtmlOptions,
  { signal }: Context,
): Promise<string> {
  const { queries, texts, program } = inputs;
  const { answers, report, setting } = await runParties(
    inputs,
    { signal, progress: progressBars(options) },
    async (ask) => {
      for (const [i, query] of queries.entries()) await ask(query, titleOf(i, queries.length));
    },
  );
  const results = texts.map(({ text, pair, ids }, i) => ({
    text: text ?? ids!.join(','),
    ...(pair === undefined ? {} : { textPair: pair }),
    ...describeOutput(program, answers[i]!.output),
  }));
  const { model, task, ...cost } = report;
  const full = { model, task, results, ...cost };
  await writeHtml(options, 'infer', (pages, about) => pages.inferPage(full, about));
  return options.json ? JSON.stringify(full) : describeRun(full, setting, terminalStyle());
}

export const titleOf = (i: number, count: number): string =>
  count === 1 ? 'Computing on shares' : `Text ${i + 1} of ${count}`;

import { partiesOf } from '../library/parties.ts';
import type { Words } from '../library/run/query.ts';
import type { Run } from '../library/run/run.ts';
import { describeRun, type Result } from '../report/run.ts';
import { type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { terminalStyle } from '../terminal/style.ts';
import type { Context } from '../terminal/verb.ts';
import { costOf, type RunOptions, settingOf } from './run-options.ts';
import { shownText } from './texts.ts';

/** `puma infer` of a model that classifies or embeds. -> the report */
export async function answerTexts(
  run: Run,
  texts: readonly Words[],
  options: RunOptions & HtmlOptions,
  context: Context,
): Promise<string> {
  const { padTo } = options;
  context.warn(run.reader.warnings);
  const lengths = await run.lengths(texts, { padTo });
  const parties = await partiesOf(run);
  try {
    const results: Result[] = [];
    for (const [i, text] of texts.entries()) {
      context.bars.title(titleOf(i, texts.length));
      const { label, scores, logits } = await parties.infer({ ...text, padTo });
      results.push({ ...shownText(text), label, scores, logits });
    }
    const { model, task, ...cost } = costOf(parties.report());
    context.warn(cost.warnings ?? []);
    const report = { model, task, results, ...cost };
    await writeHtml(options, 'infer', (pages, about) => pages.inferPage(report, about));
    if (options.json) return JSON.stringify(report);
    return describeRun(report, settingOf(run.options, lengths, options), terminalStyle());
  } finally {
    await parties.close();
  }
}

export const titleOf = (i: number, count: number): string =>
  count === 1 ? 'Computing on shares' : `Text ${i + 1} of ${count}`;

/** `puma compare-plaintext --data`: the rows of a data set on both sides, and how far they are apart. */
import { evaluate } from '../library/evaluate.ts';
import { comparedOf, describeEvaluation, type EvaluateReport } from '../report/evaluate.ts';
import { type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { terminalStyle } from '../terminal/style.ts';
import type { Context } from '../terminal/verb.ts';
import { checkNoTexts, type DataOptions } from './compare-data-options.ts';
import { type RunOptions, runOf } from './run-options.ts';
import { conclude, shownFault, type ToleranceOptions } from './verdict.ts';

type Options = RunOptions & DataOptions & ToleranceOptions & HtmlOptions & { data: string };

export async function compareData(options: Options, context: Context): Promise<string> {
  checkNoTexts(options);
  const { data, preset, textColumn, pairColumn, labelColumn, limit, seed, batch, window, stride } = options;
  const { layersOf, resume, padTo, tolerance } = options;
  const evaluation = await evaluate({
    ...runOf(options, context),
    ...{ data, preset, textColumn, pairColumn, labelColumn, limit, seed, batch, window, stride },
    ...{ layersOf, resume, padTo, tolerance },
  });
  context.warn(evaluation.warnings ?? []);
  const report: EvaluateReport = { ...evaluation, fault: shownFault(evaluation.fault) };
  await writeHtml(options, 'compare-plaintext', (pages, about) => pages.evaluatePage(report, about));
  const text = options.json ? JSON.stringify(report) : describeEvaluation(report, terminalStyle());
  return conclude(text, comparedOf(report), context);
}

import { comparePlaintext as compare } from '../library/compare.ts';
import { type CompareReport, comparedOf, describeComparison } from '../report/compare.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { terminalStyle } from '../terminal/style.ts';
import type { Verb } from '../terminal/verb.ts';
import { compareData } from './compare-data.ts';
import { checkNoData, DATA_OPTIONS, type DataOptions } from './compare-data-options.ts';
import { costOf, RUN_OPTIONS, type RunOptions, runOf, settingOf } from './run-options.ts';
import { readTexts, shownText } from './texts.ts';
import { conclude, shownFault, TOLERANCE_OPTION, type ToleranceOptions } from './verdict.ts';

type Options = RunOptions & DataOptions & ToleranceOptions & HtmlOptions;

/** `puma compare-plaintext`: the same texts in the clear and by three parties, which open every layer for this. */
export const comparePlaintext: Verb<Options> = {
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
    await checkHtml(options);
    const { data, padTo, tolerance } = options;
    if (data !== undefined) return compareData({ ...options, data }, context);
    checkNoData(options);
    const texts = await readTexts(options);
    const start = runOf(options, context);
    const { results, run, ...compared } = await compare({ ...start, texts, padTo, tolerance });
    context.warn(run.warnings ?? []);
    const { model, task, seconds, lengths, ...cost } = costOf(run);
    const report: CompareReport = {
      ...{ model, task },
      results: texts.map((text, i) => ({ ...shownText(text), ...results[i]! })),
      ...{ ...compared, fault: shownFault(compared.fault), seconds, ...cost },
    };
    await writeHtml(options, 'compare-plaintext', (pages, about) => pages.comparePage(report, about));
    const setting = settingOf(start, lengths, options);
    const text = options.json ? JSON.stringify(report) : describeComparison(report, setting, terminalStyle());
    return conclude(text, comparedOf(report), context);
  },
};

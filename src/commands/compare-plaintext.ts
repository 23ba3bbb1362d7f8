import { Option } from 'commander';
import { comparePlaintext as compare, type ReferenceComparison } from '../library/compare.ts';
import type { Words } from '../library/run/query.ts';
import { type CompareReport, comparedOf, describeComparison } from '../report/compare.ts';
import { whatIsOff } from '../report/reference.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { terminalStyle } from '../terminal/style.ts';
import type { Verb } from '../terminal/verb.ts';
import { compareData } from './compare-data.ts';
import { checkNoData, checkReferenceAlone, DATA_OPTIONS, type DataOptions } from './compare-data-options.ts';
import { costOf, RUN_OPTIONS, type RunOptions, runOf, settingOf } from './run-options.ts';
import { readTexts, shownText } from './texts.ts';
import { conclude, shownFault, TOLERANCE_OPTION, type ToleranceOptions } from './verdict.ts';

type Options = RunOptions & DataOptions & ToleranceOptions & HtmlOptions & { reference?: string };

const REFERENCE_OPTION = new Option(
  '--reference <file>',
  'made by scripts/reference.py: compare its texts with what transformers computed, too',
);

/** `puma compare-plaintext`: the same texts in the clear and by three parties, which open every layer for this. */
export const comparePlaintext: Verb<Options> = {
  name: 'compare-plaintext',
  summary: 'show how far secure answers are from those in the clear',
  options: [
    ...[...RUN_OPTIONS.slice(0, -2), REFERENCE_OPTION, TOLERANCE_OPTION],
    ...[...DATA_OPTIONS, ...RUN_OPTIONS.slice(-2), HTML_OPTION],
  ],
  examples: [
    'puma compare-plaintext --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma compare-plaintext --model bert-tiny-sst2 --file reviews.txt --json',
    'puma compare-plaintext --model bert-tiny-sst2 --data dev.tsv --preset sst2 --limit 200 --seed 1 --batch 8',
    'puma compare-plaintext --model gpt2-tiny-shakespeare --data input.txt --window 128 --limit 20 --resume state.jsonl',
    'puma compare-plaintext --model FOLDER --reference reference.json',
  ],
  async run(options, context) {
    await checkHtml(options);
    const { data, padTo, tolerance, reference: file } = options;
    if (file !== undefined) checkReferenceAlone(options);
    if (data !== undefined) return compareData({ ...options, data }, context);
    checkNoData(options);
    const start = runOf(options, context);
    const given = file === undefined ? { texts: await readTexts(options) } : { reference: file };
    const { results, run, ...compared } = await compare({ ...start, ...given, padTo, tolerance });
    const texts = given.texts ?? textsOf(compared.reference!);
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
    const { reference } = report;
    return conclude(text, comparedOf(report), context, reference && whatIsOff({ ...report, reference }));
  },
};

const textsOf = ({ results }: ReferenceComparison): Words[] =>
  results.map(({ text, pair, ids }) => (text === undefined ? { ids } : { text, pair }));

import { relative } from 'node:path';
import { Option } from 'commander';
import { CALIBRATION_FILE, FIELDS, HEAD_ROOM, calibrate as plan } from '../library/calibrate.ts';
import { loadKernels } from '../library/kernels.ts';
import { type CalibrateReport, describeCalibration } from '../report/calibrate.ts';
import { numberFor } from '../terminal/parse.ts';
import { terminalStyle } from '../terminal/style.ts';
import { JSON_OPTION, type Verb } from '../terminal/verb.ts';
import { MODEL_OPTIONS, THREADS_OPTION } from './model-options.ts';

type Options = Omit<Parameters<typeof plan>[0], 'kernels' | 'signal' | 'onProgress'> & {
  threads?: number;
  json?: boolean;
};

/** `puma calibrate`: a plan of the rings, from what the owner of the model measures in the clear on texts of theirs. */
export const calibrate: Verb<Options> = {
  name: 'calibrate',
  summary: 'plan the rings of a model from texts of yours',
  options: [
    ...MODEL_OPTIONS.filter(({ long }) => long !== '--layers'),
    THREADS_OPTION,
    new Option('--data <file>', 'texts: one a line, or a column of a .tsv, .csv or .jsonl').makeOptionMandatory(),
    new Option('--text-column <name>', 'the column of the texts'),
    new Option('--pair-column <name>', 'the column of the second texts'),
    new Option('--limit <n>', 'take n texts only: the first').argParser(numberFor(FIELDS.limit)),
    new Option('--seed <n>', 'take a random sample of them instead, the same every time').argParser(
      numberFor(FIELDS.seed),
    ),
    new Option('--window <n>', 'of a model that generates: join the texts, and take n tokens at a time').argParser(
      numberFor(FIELDS.window),
    ),
    new Option('--pad-to <n>', 'pad to n tokens, as queries will be').argParser(numberFor(FIELDS.padTo)),
    new Option(
      '--head-room <bits>',
      `margin: values may become 2^bits times as large; ${HEAD_ROOM} bits when left out`,
    ).argParser(numberFor(FIELDS.headRoom)),
    new Option('--out <file>', `where the plan goes; ${CALIBRATION_FILE} beside the weights when left out`),
    JSON_OPTION,
  ],
  examples: [
    'puma calibrate --model FOLDER --data texts.txt',
    'puma calibrate --model bert-tiny-sst2 --data dev.tsv --text-column sentence --limit 500 --out calibration.json',
  ],
  async run({ json = false, threads, ...options }, { signal, warn, bars: { onProgress } }) {
    const kernels = loadKernels(threads === undefined ? {} : { threads });
    const report = await plan({ ...options, kernels, signal, onProgress });
    warn(report.warnings ?? []);
    return json ? JSON.stringify(report) : describeCalibration(shown(report), terminalStyle());
  },
};

/** For people: the file as they would name it. */
function shown(report: CalibrateReport): CalibrateReport {
  const near = relative('', report.file);
  return near.startsWith('..') ? report : { ...report, file: near };
}

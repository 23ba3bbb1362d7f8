import { basename, join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import { PumaError } from '../errors.ts';
import { loadKernels } from '../kernels/index.ts';
import { CALIBRATION_FILE, checkReplaceable, writeCalibration } from '../loaders/calibration.ts';
import { corpusOf, type DataSpec, examplesOf, readDataFile } from '../loaders/dataset.ts';
import { openModel, openModelTokenizer } from '../loaders/open-model.ts';
import { cacheFolder, type ResolvedModel } from '../loaders/resolve.ts';
import { checkVocabulary, type Tokenizer } from '../loaders/tokenizer.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { plannedWeights } from '../models/weights.ts';
import { describeCalibration } from '../report/calibrate.ts';
import { type Cut, cutQueries, windowQueries } from '../service/calibration-texts.ts';
import { selectRows } from '../service/evaluate.ts';
import { boundsOf, marginsOf, measure } from '../service/ranges.ts';
import { calibrationOf, reportOf, shown } from './calibrate-report.ts';
import { MODEL_OPTIONS, type ModelOptions, readModel } from './inputs.ts';
import { progressBars } from './progress.ts';
import { terminalStyle } from './style.ts';
import { JSON_OPTION, UsageError, type Verb, wholeNumber } from './verb.ts';

type Options = ModelOptions &
  Pick<DataSpec, 'textColumn' | 'pairColumn'> & {
    data: string;
    limit?: number;
    seed?: number;
    window?: number;
    padTo?: number;
    headRoom?: number;
    out?: string;
    json?: boolean;
  };

const HEAD_ROOM = 1;

/** `puma calibrate`: whether the rings are large enough, tried in the clear by the owner of the model, on texts of his. */
export const calibrate: Verb<Options> = {
  name: 'calibrate',
  summary: 'find out on texts of yours whether the rings hold a model',
  options: [
    ...MODEL_OPTIONS.filter(({ long }) => long !== '--layers'),
    new Option('--data <file>', 'texts: one a line, or a column of a .tsv, .csv or .jsonl').makeOptionMandatory(),
    new Option('--text-column <name>', 'the column of the texts'),
    new Option('--pair-column <name>', 'the column of the second texts'),
    new Option('--limit <n>', 'take n texts only: the first').argParser(wholeNumber),
    new Option('--seed <n>', 'take a random sample of them instead, the same every time').argParser(wholeNumber),
    new Option('--window <n>', 'of a model that generates: join the texts, and take n tokens at a time').argParser(
      wholeNumber,
    ),
    new Option('--pad-to <n>', 'pad to n tokens, as queries will be').argParser(wholeNumber),
    new Option('--head-room <bits>', `of the ring that is proposed; ${HEAD_ROOM} when left out`).argParser(wholeNumber),
    new Option('--out <file>', `the file to write; ${CALIBRATION_FILE} beside the weights when left out`),
    JSON_OPTION,
  ],
  examples: [
    'puma calibrate --model FOLDER --data texts.txt',
    'puma calibrate --model bert-tiny-sst2 --data dev.tsv --text-column sentence --limit 500 --out calibration.json',
  ],
  async run(options, { signal }) {
    const began = performance.now();
    const model = await readModel(options);
    const out = await outFile(model, options);
    const kernels = loadKernels(options.threads === undefined ? {} : { threads: options.threads });
    const checkpoint = await openModel(model, kernels);
    try {
      const program = modelFor(checkpoint.config);
      const { queries, cut } = await readQueries(model, program, options);
      const step = progressBars(options)('Computing in clear', queries.length);
      const measured = await measure({
        ...{ model: program, ring: model.ring, kernels, queries, signal },
        weights: plannedWeights(program.plan(checkpoint.names), checkpoint.read),
        onQuery: (done) => step.to(done),
      }).finally(() => step.end());
      const tokens = queries.reduce((n, { ids, mask }) => n + (mask?.reduce((a, b) => a + b) ?? ids.length), 0);
      const data = { file: basename(options.data), texts: queries.length, tokens, cut };
      const margins = marginsOf(measured, await boundsOf(program, model.ring, options.padTo !== undefined));
      const found = { model, program, data, measured, margins };
      await writeCalibration(out, calibrationOf(found, checkpoint.config, options));
      const report = await reportOf(found, options.headRoom ?? HEAD_ROOM);
      const full = { ...report, file: out, seconds: (performance.now() - began) / 1000 };
      return options.json ? JSON.stringify(full) : describeCalibration(shown(full), terminalStyle());
    } finally {
      await checkpoint.close();
    }
  },
};

/** Where the calibration goes: beside the weights, but not into a folder that others keep. */
async function outFile({ name, folder, entry }: ResolvedModel, { out }: Options): Promise<string> {
  if (folder === undefined) {
    throw new PumaError('E_MODEL', `${name} has made-up weights, which say nothing of ranges`, 'Give a checkpoint.');
  }
  const bundled = entry !== undefined && 'bundled' in entry.source;
  const cached = !relative(cacheFolder(process.env), folder).startsWith('..');
  if (out === undefined && (bundled || cached)) {
    const message = `${folder} ${bundled ? 'is part of Puma' : 'is in the Hugging Face cache'}; nothing is written there`;
    throw new PumaError('E_CALIBRATION', message, 'Give --out FILE.');
  }
  const path = resolve(out ?? join(folder, CALIBRATION_FILE));
  await checkReplaceable(path);
  return path;
}

async function readQueries(model: ResolvedModel, program: Model, options: Options): Promise<Cut> {
  const { data, window, padTo, seed, limit } = options;
  checkOptions(model, program, options);
  const tokenizer = await tokenizerOf(model, program);
  const file = await readDataFile(data);
  if (window !== undefined) {
    const queries = windowQueries(tokenizer, corpusOf(file, options), window);
    return { queries: selectRows(queries.length, selection(limit, seed)).map((i) => queries[i]!), cut: 0 };
  }
  const examples = examplesOf(file, options);
  const chosen = selectRows(examples.length, selection(limit, seed)).map((i) => examples[i]!);
  return cutQueries(program, tokenizer, chosen, padTo);
}

const selection = (limit?: number, seed?: number) => ({
  ...(limit === undefined ? {} : { limit }),
  ...(seed === undefined ? {} : { seed }),
});

function checkOptions({ name }: ResolvedModel, program: Model, { window, padTo, seed, limit }: Options): void {
  if (seed !== undefined && limit === undefined) throw new UsageError('--seed goes with --limit', 'puma calibrate');
  if (window !== undefined && program.task !== 'generate') {
    throw new UsageError('--window is for a model that generates', 'puma calibrate');
  }
  if (window !== undefined && padTo !== undefined) {
    throw new UsageError('--pad-to does not go with windows', 'puma calibrate');
  }
  for (const [option, n] of [['--window', window] as const, ['--pad-to', padTo] as const]) {
    if (n === undefined || n <= program.maxTokens) continue;
    const message = `${option} is ${n}; ${name} takes ${program.maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
}

async function tokenizerOf(model: ResolvedModel, program: Model): Promise<Tokenizer> {
  const tokenizer = await openModelTokenizer(model);
  checkVocabulary(tokenizer, program.vocabularySize, model.folder ?? model.name);
  return tokenizer;
}

/** `puma compare-plaintext --data`: its options, and what does not go together. */
import { Option } from 'commander';
import type { DataSpec } from '../datasets/dataset.ts';
import { isCorpus, PRESET_NAMES } from '../datasets/presets.ts';
import { PumaError } from '../errors.ts';
import type { Scoring } from '../heads/head.ts';
import type { Model } from '../models/model.ts';
import { MAX_TEXTS } from '../runtime/messages.ts';
import type { RunOptions } from './inputs.ts';
import { UsageError, wholeNumber } from './verb.ts';

export type DataOptions = DataSpec & {
  data?: string;
  limit?: number;
  seed?: number;
  batch?: number;
  window?: number;
  stride?: number;
  layersOf?: number;
  resume?: string;
};

/** Of so many rows the layers are opened. */
export const LAYERS_OF = 8;

export const DATA_OPTIONS = [
  new Option('--data <file>', 'compare over the rows of a data set: .tsv, .csv, .jsonl, or a plain text'),
  new Option('--preset <name>', 'columns and labels as this data set has them').choices(PRESET_NAMES),
  new Option('--text-column <name>', 'the column of the texts'),
  new Option('--pair-column <name>', 'the column of the second texts'),
  new Option('--label-column <name>', 'the column of the labels'),
  new Option('--limit <n>', 'take n rows only: the first').argParser(wholeNumber),
  new Option('--seed <n>', 'take a random sample of rows instead, the same every time').argParser(wholeNumber),
  new Option('--batch <n>', 'ask n rows at once: they share rounds').argParser(wholeNumber),
  new Option('--window <n>', 'of a model that generates: the tokens it sees at once').argParser(wholeNumber),
  new Option('--stride <n>', 'tokens from one window to the next; a window when left out').argParser(wholeNumber),
  new Option(
    '--layers-of <n>',
    `open the layers of the first n rows, which costs traffic; ${LAYERS_OF} when left out`,
  ).argParser((text) => (text === '0' ? 0 : wholeNumber(text))),
  new Option('--resume <file>', 'keep finished rows in this file, and go on after those that are there'),
];

type Options = RunOptions & DataOptions;

const COMMAND = 'puma compare-plaintext';

/** Options of a data set without one. */
export function checkNoData(options: Options): void {
  const names = DATA_OPTIONS.map((option) => [option.attributeName(), option.long!] as const);
  const stray = names.find(([name]) => name in options);
  if (stray) throw new UsageError(`${stray[1]} goes with --data`, COMMAND);
}

/** Before anything is read. */
export function checkDataOptions(options: Options): void {
  const { text, prompt, textPair, file, inputIds, window, seed, limit, batch = 1 } = options;
  if (text || prompt || textPair || file !== undefined || inputIds) {
    throw new UsageError('--data takes the place of --text, --prompt, --text-pair, --file and --input-ids', COMMAND);
  }
  if (seed !== undefined && limit === undefined) throw new UsageError('--seed goes with --limit', COMMAND);
  if (batch > MAX_TEXTS) throw new UsageError(`--batch is ${batch}; a session takes ${MAX_TEXTS} at most`, COMMAND);
  if (window !== undefined && window < 2) throw new UsageError('--window must be 2 or more', COMMAND);
}

/** Scorings that take labels of a data set. */
const LABELLED: ReadonlySet<Scoring> = new Set<Scoring>(['labels', 'scores']);

/** What only some models take. */
export function checkTask(options: Options, name: string, { head, maxTokens, labels }: Model): void {
  const { preset, window, stride, padTo } = options;
  const scoring = head.scoring(labels);
  if (preset !== undefined && isCorpus(preset) !== head.continues) {
    const wanted = isCorpus(preset) ? 'generates' : 'classifies';
    const message = `--preset ${preset} is for a model that ${wanted}; ${name} ${head.verb}`;
    throw new PumaError('E_DATA', message, 'Choose another preset, or another model.');
  }
  const asked = preset === 'stsb' ? 'scores' : 'labels';
  if (preset !== undefined && LABELLED.has(scoring) && scoring !== asked) {
    const given = scoring === 'scores' ? 'a score' : `the labels ${labels.join(', ')}`;
    const message = `--preset ${preset} asks for ${asked === 'scores' ? 'a score' : 'labels'}; ${name} gives ${given}`;
    throw new PumaError('E_DATA', message, 'Choose another preset, or another model.');
  }
  if (!head.continues && (window !== undefined || stride !== undefined)) {
    throw new UsageError('--window and --stride are for a model that generates', COMMAND);
  }
  if (head.continues && padTo !== undefined) throw new UsageError('--pad-to does not go with windows', COMMAND);
  if (window !== undefined && window > maxTokens) {
    const message = `--window is ${window}; the model takes ${maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
}

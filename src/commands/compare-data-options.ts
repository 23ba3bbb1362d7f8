/** `puma compare-plaintext --data`: its options. */
import { Option } from 'commander';
import { EVALUATE_FIELDS, type EvaluateOptions, LAYERS_OF, PRESET_NAMES } from '../library/evaluate/options.ts';
import { numberFor } from '../terminal/parse.ts';
import { UsageError } from '../terminal/verb.ts';
import type { RunOptions } from './run-options.ts';

export type DataOptions = Partial<
  Omit<EvaluateOptions, keyof RunOptions | 'tolerance' | 'kernels' | 'signal' | 'onProgress'>
>;

const { limit, seed, batch, window, stride, layersOf } = EVALUATE_FIELDS;

export const DATA_OPTIONS = [
  new Option('--data <file>', 'compare over the rows of a data set: .tsv, .csv, .jsonl, or a plain text'),
  new Option('--preset <name>', 'columns and labels as this data set has them').choices(PRESET_NAMES),
  new Option('--text-column <name>', 'the column of the texts'),
  new Option('--pair-column <name>', 'the column of the second texts'),
  new Option('--label-column <name>', 'the column of the labels'),
  new Option('--limit <n>', 'take n rows only: the first').argParser(numberFor(limit)),
  new Option('--seed <n>', 'take a random sample of rows instead, the same every time').argParser(numberFor(seed)),
  new Option('--batch <n>', 'ask n rows at once: they share rounds').argParser(numberFor(batch)),
  new Option('--window <n>', 'of a model that generates: the tokens it sees at once').argParser(numberFor(window)),
  new Option('--stride <n>', 'tokens from one window to the next; a window when left out').argParser(numberFor(stride)),
  new Option(
    '--layers-of <n>',
    `open the layers of the first n rows, which costs traffic; ${LAYERS_OF} when left out`,
  ).argParser(numberFor(layersOf)),
  new Option('--resume <file>', 'keep finished rows in this file, and go on after those that are there'),
];

const COMMAND = 'puma compare-plaintext';

/** Options of a data set without one. */
export function checkNoData(options: DataOptions): void {
  const names = DATA_OPTIONS.map((option) => [option.attributeName(), option.long!] as const);
  const stray = names.find(([name]) => name in options);
  if (stray) throw new UsageError(`${stray[1]} goes with --data`, COMMAND);
}

/** Texts beside a data set. */
export function checkNoTexts(options: RunOptions): void {
  if (!hasTexts(options)) return;
  throw new UsageError('--data takes the place of --text, --prompt, --text-pair, --file and --input-ids', COMMAND);
}

/** Texts beside those of a reference. */
export function checkReferenceAlone(options: RunOptions & DataOptions): void {
  if (options.data === undefined && !hasTexts(options)) return;
  const message = '--reference takes the place of --data, --text, --prompt, --text-pair, --file and --input-ids';
  throw new UsageError(message, COMMAND);
}

const hasTexts = ({ text, prompt, textPair, file, inputIds }: RunOptions): boolean =>
  [text, prompt, textPair, file, inputIds].some((given) => given !== undefined);

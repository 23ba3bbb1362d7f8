/** What `infer` and `compare-plaintext` are told of a run. */
import { Option } from 'commander';
import { whole } from '../library/fields.ts';
import { loadKernels } from '../library/kernels.ts';
import type { StartOptions } from '../library/run/run.ts';
import type { RunReport } from '../library/run/running.ts';
import type { CostReport, Setting } from '../report/run.ts';
import { each, numberFor } from '../terminal/parse.ts';
import { type Context, JSON_OPTION } from '../terminal/verb.ts';
import {
  CALIBRATION_OPTION,
  CHECK_OPTIONS,
  MODEL_OPTIONS,
  type ModelOptions,
  modelOf,
  NETWORK_OPTION,
  THREADS_OPTION,
  UNSAFE_RANGES_OPTION,
} from './model-options.ts';
import type { TextOptions } from './texts.ts';

export type RunOptions = ModelOptions &
  TextOptions & {
    shares?: string;
    padTo?: number;
    network?: string;
    threads?: number;
    checkRanges?: boolean;
    allowOverflow?: boolean;
    json?: boolean;
  };

export const RUN_OPTIONS = [
  ...MODEL_OPTIONS,
  CALIBRATION_OPTION,
  new Option('--shares <folder>', 'use the shares that `puma share-weights` made; without it, share first'),
  new Option('--text <text>', 'a text; give the option again for more').argParser(each),
  new Option('--prompt <text>', 'the same, for a model that generates').argParser(each),
  new Option('--text-pair <text>', 'the second text of a pair').argParser(each),
  new Option('--file <lines.txt>', 'a file with one text a line'),
  new Option('--input-ids <ids>', 'token ids instead of a text: 5,17,2').argParser(each),
  new Option('--pad-to <n>', 'hide the length: the parties see n tokens').argParser(numberFor(whole())),
  UNSAFE_RANGES_OPTION,
  ...CHECK_OPTIONS,
  NETWORK_OPTION,
  THREADS_OPTION,
  JSON_OPTION,
];

/** The run that the library is to prepare. */
export function runOf(options: RunOptions, { signal, bars }: Context): StartOptions {
  const { shares, network, threads, checkRanges, allowOverflow } = options;
  const kernels = loadKernels(threads === undefined ? {} : { threads });
  const { onProgress } = bars;
  return { ...modelOf(options), shares, network, kernels, signal, checkRanges, allowOverflow, onProgress };
}

/** What people are told of a run besides; `tokens` are the lengths that parties see. */
export function settingOf({ kernels }: StartOptions, tokens: number[], { padTo }: RunOptions): Setting {
  const { engine, threads, reason } = kernels!;
  return { engine, threads, tokens, padded: padTo !== undefined, ...(reason ? { reason } : {}) };
}

const RANGES: Readonly<Record<RunReport['ranges'], string>> = {
  proved: 'proved by the weights: no text leaves the rings',
  checked: 'checked: no value left the rings',
  unchecked: 'not checked (--check-ranges)',
};

/** The report of a run in words. */
export const costOf = <R extends Pick<RunReport, 'ranges'>>(
  report: R,
): Omit<R, 'ranges'> & Required<Pick<CostReport, 'ranges'>> => ({ ...report, ranges: RANGES[report.ranges] });

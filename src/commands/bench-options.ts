/** What `puma bench` is told, and which of it goes together. */
import { Option } from 'commander';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { CALIBRATION_OPTION } from './planned.ts';
import { JSON_OPTION, UsageError, wholeNumber } from './verb.ts';

export type BenchOptions = NetworkOptions & {
  suite?: 'paper' | 'kernels' | 'protocols';
  model?: string;
  tokens?: number;
  newTokens?: number;
  layers?: number;
  fit?: boolean;
  linearRing?: string;
  calibration?: string;
  simd?: string;
  elements?: number;
  repeats: number;
  threads: number;
  save?: string;
  against?: string;
  markdown?: string;
  json?: boolean;
};

export const BENCH_OPTIONS = [
  new Option('--suite <name>', 'the models of the PUMA paper, each kernel, or each protocol by itself').choices([
    'paper',
    'kernels',
    'protocols',
  ]),
  new Option('--model <name|folder>', 'one model instead: synthetic:NAME for made-up weights'),
  new Option('--tokens <n>', 'with --model: length of the text').argParser(wholeNumber),
  new Option('--new-tokens <n>', 'with --model: tokens to generate').argParser(wholeNumber),
  new Option('--layers <n>', 'run synthetic models with n layers at most, and extrapolate').argParser(wholeNumber),
  new Option('--fit', 'extrapolate what disk or memory cannot hold, instead of skipping it'),
  new Option('--linear-ring <bits,input,weight>', 'ring and fractional bits of linear layers, such as 40,12,13'),
  CALIBRATION_OPTION,
  new Option('--simd <level>', 'with --suite kernels: this level alone'),
  new Option('--elements <n>', 'with --suite protocols: about so many; a million when left out').argParser(wholeNumber),
  NETWORK_OPTION,
  new Option('--repeats <n>', 'runs of each case, after one to warm up').argParser(wholeNumber).default(3),
  new Option('--threads <n>', 'threads of the kernels, for each party').argParser(wholeNumber).default(1),
  new Option('--save <file>', 'write the results as JSON'),
  new Option('--against <file>', 'compare with results that were saved'),
  new Option('--markdown <file>', 'write the tables as Markdown'),
  JSON_OPTION,
];

/** What is measured: one model, or a suite. */
const GOES_WITH: Partial<Record<keyof BenchOptions, readonly string[]>> = {
  tokens: ['model'],
  newTokens: ['model'],
  layers: ['model', 'paper'],
  fit: ['model', 'paper'],
  linearRing: ['model', 'paper'],
  calibration: ['model'],
  network: ['model', 'paper', 'protocols'],
  simd: ['kernels'],
  elements: ['protocols'],
};

/** Throws a UsageError for what makes no sense together. */
export function checkBenchOptions(options: BenchOptions): void {
  const { suite, model } = options;
  if (suite === undefined && model === undefined) fail('give --suite paper, kernels or protocols, or --model NAME');
  if (suite !== undefined && model !== undefined) fail('give --suite or --model, not both');
  for (const [name, kinds] of Object.entries(GOES_WITH)) {
    if (options[name as keyof BenchOptions] === undefined || kinds.includes(suite ?? 'model')) continue;
    const flag = BENCH_OPTIONS.find((option) => option.attributeName() === name)!.long;
    fail(`${flag} goes with ${kinds.map((kind) => (kind === 'model' ? '--model' : `--suite ${kind}`)).join(' or ')}`);
  }
}

function fail(message: string): never {
  throw new UsageError(message, 'puma bench');
}

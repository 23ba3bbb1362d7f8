import { Option } from 'commander';
import { whole } from '../library/fields.ts';
import { forecast } from '../library/forecast.ts';
import { loadKernels } from '../library/kernels.ts';
import { describeForecast } from '../report/cost.ts';
import { numberFor } from '../terminal/parse.ts';
import { terminalStyle } from '../terminal/style.ts';
import { JSON_OPTION, UsageError, type Verb } from '../terminal/verb.ts';
import {
  CALIBRATION_OPTION,
  CHECK_OPTIONS,
  MODEL_OPTIONS,
  type ModelOptions,
  modelOf,
  NETWORK_OPTION,
  THREADS_OPTION,
} from './model-options.ts';

type Options = ModelOptions & {
  tokens?: number;
  promptTokens?: number;
  past?: number;
  newTokens?: number;
  padded?: boolean;
  checkRanges?: boolean;
  network?: string;
  threads?: number;
  json?: boolean;
};

/** `puma cost`: what an inference would take. Neither weights nor parties are needed. */
export const costOf: Verb<Options> = {
  name: 'cost',
  summary: 'foretell what an inference takes, without running it',
  options: [
    ...MODEL_OPTIONS,
    CALIBRATION_OPTION,
    new Option('--tokens <n>', 'length of the text; 128, or 32 of a model that generates').argParser(
      numberFor(whole()),
    ),
    new Option('--prompt-tokens <n>', 'the same, for a model that generates').argParser(numberFor(whole())),
    new Option('--past <n>', 'of a conversation: so many tokens have been read before').argParser(numberFor(whole(0))),
    new Option('--new-tokens <n>', 'of a model that generates: tokens to add; 1 when left out').argParser(
      numberFor(whole()),
    ),
    new Option('--padded', 'the length is hidden'),
    ...CHECK_OPTIONS.slice(0, 2),
    NETWORK_OPTION,
    THREADS_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'puma cost --model bert-base-uncased --tokens 128 --network wan',
    'puma cost --model llama-7b --prompt-tokens 8 --new-tokens 2 --json',
  ],
  async run(options, { signal, warn, bars: { onProgress } }) {
    const { promptTokens, past, newTokens, padded, checkRanges, threads = 1, network, json = false } = options;
    if (options.tokens !== undefined && promptTokens !== undefined) {
      throw new UsageError('--tokens and --prompt-tokens mean the same: give one of them', 'puma cost');
    }
    const tokens = options.tokens ?? promptTokens;
    const { unsafeRanges: _, ...model } = modelOf(options);
    const kernels = loadKernels({ threads });
    const asked = { ...model, tokens, past, newTokens, padded, checkRanges, network };
    const report = await forecast({ ...asked, kernels, signal, onProgress });
    warn(report.warnings ?? []);
    return json ? JSON.stringify(report) : describeForecast(report, terminalStyle());
  },
};

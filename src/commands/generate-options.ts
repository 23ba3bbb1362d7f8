/** Of `puma infer`, for models that generate. */
import { InvalidArgumentError, Option } from 'commander';
import { PROMPT_FIELDS, type Prompt } from '../library/run/prompt.ts';
import { DEFAULT_TOKENS } from '../library/run/steps.ts';
import { each, numberFor } from '../terminal/parse.ts';

export type GenerateOptions = {
  maxNewTokens?: number;
  stop?: string[];
  reveal?: 'token' | 'logits';
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: number;
  ignoreGenerationConfig?: boolean;
};

const { maxNewTokens, temperature, topK, topP, seed } = PROMPT_FIELDS;

export const GENERATE_OPTIONS = [
  new Option('--max-new-tokens <n>', `tokens to add; ${DEFAULT_TOKENS} where there is room`).argParser(
    numberFor(maxNewTokens),
  ),
  new Option('--stop <text>', 'end where this text appears; give the option again for more').argParser(notEmpty),
  new Option('--reveal <what>', 'what the client is shown of each step; token when left out').choices([
    'token',
    'logits',
  ]),
  new Option('--temperature <t>', 'with --reveal logits: sample, at this temperature').argParser(
    numberFor(temperature),
  ),
  new Option('--top-k <n>', 'sample among the n likeliest tokens').argParser(numberFor(topK)),
  new Option('--top-p <p>', 'sample among the likeliest tokens that make up p of 1').argParser(numberFor(topP)),
  new Option('--seed <n>', 'sample the same tokens again, but for draws that rounding decides').argParser(
    numberFor(seed),
  ),
  new Option('--ignore-generation-config', 'do not do what generation_config.json says, but for where texts end'),
];

function notEmpty(value: string, before?: string[]): string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return each(value, before);
}

/** What the library is told; options that are not given are left out. */
export const promptOf = (options: GenerateOptions & { padTo?: number }): Partial<Prompt> => {
  const { maxNewTokens, stop, reveal, temperature, topK, topP, seed, ignoreGenerationConfig, padTo } = options;
  return { maxNewTokens, stop, reveal, temperature, topK, topP, seed, ignoreGenerationConfig, padTo };
};

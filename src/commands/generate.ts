import { InvalidArgumentError, Option } from 'commander';
import { PumaError } from '../errors.ts';
import { readGeneration } from '../loaders/generation.ts';
import { describeGeneration, type Generated, type GenerateReport } from '../report/generate.ts';
import { countBytes } from '../runtime/answers.ts';
import { generate } from '../runtime/generate.ts';
import { logitsForbidden } from '../runtime/job.ts';
import type { Sampling } from '../runtime/sample.ts';
import { Writing } from '../runtime/writing.ts';
import { type HtmlOptions, writeHtml } from './html.ts';
import type { Inputs, RunOptions } from './inputs.ts';
import { progressBars } from './progress.ts';
import { type Ask, runParties } from './run.ts';
import { terminalStyle } from './style.ts';
import { type Context, each, UsageError, wholeNumber } from './verb.ts';

export type GenerateOptions = Sampling & {
  maxNewTokens?: number;
  stop?: string[];
  reveal?: 'token' | 'logits';
  seed?: number;
};

const DEFAULT_TOKENS = 32;

/** Of `puma infer`, for models that generate. */
export const GENERATE_OPTIONS = [
  new Option('--max-new-tokens <n>', `tokens to add; ${DEFAULT_TOKENS} where there is room`).argParser(wholeNumber),
  new Option('--stop <text>', 'end where this text appears; give the option again for more').argParser(each),
  new Option('--reveal <what>', 'what the client is shown of each step; token when left out').choices([
    'token',
    'logits',
  ]),
  new Option('--temperature <t>', 'with --reveal logits: sample, at this temperature').argParser(number(0, 100)),
  new Option('--top-k <n>', 'sample among the n likeliest tokens').argParser(wholeNumber),
  new Option('--top-p <p>', 'sample among the likeliest tokens that make up p of 1').argParser(number(0, 1)),
  new Option('--seed <n>', 'sample the same tokens again, but for draws that rounding decides').argParser(wholeNumber),
];

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

type Options = RunOptions & GenerateOptions & HtmlOptions;

/** `puma infer` of a model that generates: new text goes to standard output as it comes. -> the report */
export async function continueTexts(inputs: Inputs, options: Options, context: Context): Promise<string> {
  checkOptions(inputs, options);
  const { signal, write } = context;
  const room = roomFor(inputs, options);
  const eos = await eosOf(inputs);
  const show = options.json ? async () => {} : write;
  const { result, answers, report, setting } = await runParties(
    inputs,
    { signal, progress: progressBars(options) },
    async (ask) => {
      const results: Generated[] = [];
      for (const i of inputs.queries.keys())
        results.push(await continueOne(inputs, i, { ...options, maxNewTokens: room[i]!, eos }, ask, show));
      return results;
    },
  );
  const perToken = answers.map((answer) => {
    const { seconds, rounds } = answer;
    return { seconds, bytes: countBytes([answer]).total, rounds };
  });
  const { model, task, ...cost } = report;
  const full: GenerateReport = { model, task, results: result, perToken, ...cost };
  await writeHtml(options, 'infer', (pages, about) => pages.inferPage(full, about));
  return options.json ? JSON.stringify(full) : describeGeneration(full, setting, terminalStyle());
}

/** One text to its end. */
async function continueOne(
  { texts, queries, tokenizer }: Inputs,
  index: number,
  options: Options & { maxNewTokens: number; eos: readonly number[] },
  ask: Ask,
  show: (text: string) => Promise<void>,
): Promise<Generated> {
  const query = queries[index]!;
  const given = texts[index]!;
  const counted = query.mask ? query.ids.slice(query.ids.length - query.mask.reduce((a, b) => a + b)) : query.ids;
  const decode = tokenizer ? tokenizer.decode : (ids: readonly number[]) => ids.map((id) => ` ${id}`).join('');
  const writing = new Writing(decode, counted, options.stop ?? []);
  const { temperature, topK, topP, seed, maxNewTokens, eos } = options;
  const sampling = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK ? { topK } : {}),
    ...(topP ? { topP } : {}),
  };
  const tokens: number[] = [];
  const logits: number[][] = [];
  await show(`${index > 0 ? '\n\n' : ''}${terminalStyle().faint(given.text ?? decode(counted))}`);
  const steps = generate(ask, query, {
    ...{ maxNewTokens, eos, sampling, logits: options.reveal === 'logits', stop: () => writing.stopped },
    ...(seed === undefined ? {} : { seed }),
  });
  for await (const token of steps) {
    tokens.push(token.id);
    if (token.logits) logits.push(Array.from(token.logits));
    await show(writing.push(token.id));
  }
  await show(`${writing.end()}`);
  const prompt = given.text ?? [...counted];
  return { prompt, tokens, text: tokenizer ? writing.text : null, ...(logits.length > 0 ? { logits } : {}) };
}

function checkOptions({ shared, tokenizer }: Inputs, options: Options): void {
  const { reveal, temperature, topK, topP, seed, stop } = options;
  const samples = [temperature, topK, topP, seed].some((value) => value !== undefined);
  if (samples && reveal !== 'logits') {
    throw new UsageError(
      'sampling takes logits: add --reveal logits, or leave out the options that sample',
      'puma infer',
    );
  }
  if (reveal === 'logits' && shared && shared.manifest.reveal !== 'logits') throw logitsForbidden('--reveal logits');
  if (stop && !tokenizer) {
    throw new PumaError('E_TOKENIZER', '--stop takes a text, and there is no tokenizer', 'Leave out --stop.');
  }
}

/** How many tokens each text may get. The last one is not read again, so it needs no place in the context. */
function roomFor({ program, queries, texts }: Inputs, { maxNewTokens }: Options): number[] {
  return queries.map(({ ids }, i) => {
    const room = program.maxTokens - ids.length + 1;
    if (maxNewTokens === undefined || maxNewTokens <= room) return Math.min(maxNewTokens ?? DEFAULT_TOKENS, room);
    const where = texts[i]!.where ?? 'the text';
    throw new PumaError(
      'E_LENGTH',
      `${where} has ${ids.length} tokens, and ${maxNewTokens} are to follow; the model takes ${program.maxTokens}`,
      `Shorten the text, or choose --max-new-tokens ${room} or less.`,
    );
  });
}

async function eosOf({ model, config }: Inputs): Promise<readonly number[]> {
  return model.folder === undefined ? [] : (await readGeneration(model.folder, config)).eosIds;
}

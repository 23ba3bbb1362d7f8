/** How the tokens that follow a prompt are chosen: as the caller says, and as the files of the checkpoint say where the caller does not. */
import { option, PumaError, words } from '../../errors.ts';
import type { Sampling } from '../../heads/steering.ts';
import type { Generation } from '../../loaders/generation.ts';
import { shown } from '../../models/keys/table.ts';
import { type Query, unpadded } from '../../models/query.ts';
import type { GenerateOptions } from '../../runtime/generate.ts';
import { logitsForbidden } from '../../runtime/job.ts';
import { takesLogits } from '../../runtime/steer.ts';
import type { Prompt } from './prompt.ts';
import type { Reader } from './reader.ts';

export const DEFAULT_TOKENS = 32;

/** `stop`: texts that end the text. `warnings`: what the files say that is not done. */
export type Chosen = { steps: GenerateOptions; stop: readonly string[]; warnings: readonly string[] };

/** Throws E_LENGTH, E_REVEAL, E_TOKENIZER, and E_GENERATION for what a file says that cannot be done. */
export function stepsOf(reader: Reader, permits: 'token' | 'logits', query: Query, options: Prompt): Chosen {
  checkSampling(permits, options);
  const { reveal, ignoreGenerationConfig: ignored = false, seed } = options;
  const generation = ignored ? undefined : reader.generation;
  const { steering = {}, stop: stopsOfFile = [] } = generation ?? {};
  const logits = reveal === 'logits';
  const eos = options.eos ?? reader.generation?.eosIds ?? [];
  const maxNewTokens = roomFor(reader, query, options, generation);
  const prompt = unpadded(query);
  const text = { ids: prompt, prompt: prompt.length, most: prompt.length + maxNewTokens, eos };
  if (generation) checkDone(generation, logits ? undefined : takesLogits(steering, text));
  const steps = { maxNewTokens, eos, logits, sampling: samplingOf(options, generation), steering };
  return {
    steps: { ...steps, ...(seed === undefined ? {} : { seed }) },
    stop: stopOf(reader, options.stop, stopsOfFile, generation),
    warnings: generation?.samples && !logits ? [greedily(generation)] : [],
  };
}

function checkSampling(permits: 'token' | 'logits', options: Prompt): void {
  const { reveal, temperature, topK, topP, seed } = options;
  if (reveal !== 'logits' && [temperature, topK, topP, seed].some((value) => value !== undefined)) {
    const hint = words`Add ${option('reveal', 'logits')}, or leave out what samples.`;
    throw new PumaError('E_REVEAL', 'sampling takes logits', hint);
  }
  if (reveal === 'logits' && permits === 'token') throw logitsForbidden();
}

/** Throws E_GENERATION for what a file asks that nobody does, or that takes logits that nobody sees. */
function checkDone({ file, beyond, steering }: Generation, hidden: keyof Generation['steering'] | undefined): void {
  const without = words`Add ${option('ignoreGenerationConfig')} to go on without what the file says`;
  if (beyond) {
    const { key, value, what } = beyond;
    throw new PumaError('E_GENERATION', `${file}: ${key} is ${shown(value)}: ${what} is not supported`, [
      ...without,
      '.',
    ]);
  }
  if (!hidden) return;
  const message = `${file}: ${hidden} is ${shown(steering[hidden])}, which changes logits, and the client is shown tokens alone`;
  const hint = [...without, ...words`, or ${option('reveal', 'logits')} to have the client do it.`];
  throw new PumaError('E_GENERATION', message, hint);
}

const greedily = ({ file }: Generation): string =>
  `${file.slice(file.lastIndexOf('/') + 1)}: do_sample is true, but the likeliest token is taken each time: drawing one takes logits`;

/** A file that has tokens drawn is heard where logits are shown; what else it says of drawing counts when the caller draws. */
function samplingOf({ temperature, topK, topP }: Prompt, generation: Generation | undefined): Sampling {
  const asked = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
  if (!generation) return asked;
  const { temperature: usual, ...rest } = generation.sampling;
  return { ...rest, ...(generation.samples && usual !== undefined ? { temperature: usual } : {}), ...asked };
}

function stopOf(
  { tokenizer }: Reader,
  asked: readonly string[] | undefined,
  ofFile: readonly string[],
  generation: Generation | undefined,
): readonly string[] {
  const stop = asked ?? ofFile;
  if (stop.length === 0 || tokenizer) return stop;
  if (asked) {
    const message = words`${option('stop')} takes a text, and there is no tokenizer`;
    throw new PumaError('E_TOKENIZER', message, words`Leave out ${option('stop')}.`);
  }
  const message = `${generation!.file}: stop_strings is ${shown(ofFile)}, and there is no tokenizer`;
  throw new PumaError('E_TOKENIZER', message, words`Add ${option('ignoreGenerationConfig')}.`);
}

/** How many tokens may follow. A file may say fewer than are usual, never more. */
function roomFor(
  { program }: Reader,
  { ids, mask }: Query,
  { maxNewTokens, where = 'the prompt' }: Prompt,
  generation: Generation | undefined,
): number {
  // What follows a padded text must have room where its length does not matter
  const most = mask ? (program.padded?.most ?? program.maxTokens) : program.maxTokens;
  const room = most - ids.length + 1;
  if (maxNewTokens === undefined) {
    const { maxNewTokens: more, maxLength } = generation ?? {};
    const ofFile = more ?? (maxLength === undefined ? room : Math.max(1, maxLength - ids.length));
    return Math.min(DEFAULT_TOKENS, room, Math.max(1, ofFile));
  }
  if (maxNewTokens <= room) return maxNewTokens;
  const message = `${where} has ${ids.length} tokens, and ${maxNewTokens} are to follow; the model takes ${most}`;
  throw new PumaError('E_LENGTH', message, words`Shorten the text, or choose ${option('maxNewTokens', room)} or less.`);
}

import { option, PumaError, words } from '../../errors.ts';
import type { Query } from '../../models/query.ts';
import { type Bytes, countBytes } from '../../runtime/answers.ts';
import { type GenerateOptions, generate, type Infer } from '../../runtime/generate.ts';
import { logitsForbidden } from '../../runtime/job.ts';
import { Writing } from '../../runtime/writing.ts';
import { anything, choice, list, number, signal, text, whole } from '../fields.ts';
import { Ahead } from './ahead.ts';
import { checkTask, type Padding, queryOf, unpadded } from './query.ts';
import type { Reader } from './reader.ts';
import type { Running } from './running.ts';

export type Prompt = (
  | { prompt: string; ids?: undefined }
  | { /** Token ids, special ones included. */ ids: readonly number[]; prompt?: undefined }
) &
  Padding & {
    /** What errors call it: 'the prompt' when left out. */
    where?: string | undefined;
    /** How many tokens may follow: 32, or as many as there is room for. The last one needs no room: nobody reads it again. */
    maxNewTokens?: number | undefined;
    /** Texts that end the text; they are not part of it. */
    stop?: readonly string[] | undefined;
    /** Ids that end the text: what the model's generation_config.json says when left out. */
    eos?: readonly number[] | undefined;
    /** What the client is shown of each step: the likeliest token alone (the default), or all logits, to choose among. */
    reveal?: 'token' | 'logits' | undefined;
    /** With logits: sample, at this temperature, from 0 to 100. Without it, the likeliest token is taken. */
    temperature?: number | undefined;
    /** Sample among so many of the likeliest tokens. */
    topK?: number | undefined;
    /** Sample among the likeliest tokens that make up this share, from 0 to 1. */
    topP?: number | undefined;
    /** Draw the same numbers every time. Rounding decides a draw that falls between two tokens. */
    seed?: number | undefined;
    /** Gives up this text; the parties go on. */
    signal?: AbortSignal | undefined;
  };

export const PROMPT_FIELDS = {
  ...{ prompt: anything, ids: anything, where: text, padTo: whole(), maxNewTokens: whole(), stop: list, eos: list },
  ...{ reveal: choice('token', 'logits'), temperature: number(0, 100), topK: whole(), topP: number(0, 1) },
  ...{ seed: whole(0), signal },
};

/** A new token. The `text`s of all pieces make up the new text: whole characters, nothing of a stop text. */
export type Piece = {
  id: number;
  /** Empty where more tokens are needed to tell, or where there is no tokenizer. */
  text: string;
  /** Over the vocabulary, if revealed: those that the token was chosen from. */
  logits?: Float64Array;
  seconds: number;
  bytes: Bytes;
  rounds: number;
};

/** Everything about a prompt that can be checked before parties are asked. */
export type Continuation = { query: Query; writing: Writing; steps: GenerateOptions };

export const DEFAULT_TOKENS = 32;

/** Throws what queryOf() throws, E_TASK, E_LENGTH, E_REVEAL. */
export function continuationOf(reader: Reader, permits: 'token' | 'logits', options: Prompt): Continuation {
  checkTask(reader, true);
  checkSampling(permits, options);
  const { prompt, ids, padTo, stop = [], eos = reader.eos, reveal, temperature, topK, topP, seed } = options;
  const { where = 'the prompt' } = options;
  const asked = ids === undefined ? { text: prompt } : { ids };
  const query = queryOf(reader, { ...(asked as { text: string }), padTo, where });
  if (stop.length > 0 && !reader.tokenizer) {
    const message = words`${option('stop')} takes a text, and there is no tokenizer`;
    throw new PumaError('E_TOKENIZER', message, words`Leave out ${option('stop')}.`);
  }
  const writing = new Writing(reader.tokenizer?.decode ?? (() => ''), unpadded(query), stop);
  const maxNewTokens = roomFor(reader, query, { ...options, where });
  const common = { maxNewTokens, eos, logits: reveal === 'logits', stop: () => writing.stopped };
  const sampling = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
  return { query, writing, steps: { ...common, sampling, ...(seed === undefined ? {} : { seed }) } };
}

function checkSampling(permits: 'token' | 'logits', options: Prompt): void {
  const { reveal, temperature, topK, topP, seed } = options;
  if (reveal !== 'logits' && [temperature, topK, topP, seed].some((value) => value !== undefined)) {
    const hint = words`Add ${option('reveal', 'logits')}, or leave out what samples.`;
    throw new PumaError('E_REVEAL', 'sampling takes logits', hint);
  }
  if (reveal === 'logits' && permits === 'token') throw logitsForbidden();
}

function roomFor({ program }: Reader, { ids, mask }: Query, { maxNewTokens, where }: Prompt): number {
  // What follows a padded text must have room where its length does not matter
  const most = mask ? (program.padded?.most ?? program.maxTokens) : program.maxTokens;
  const room = most - ids.length + 1;
  if (maxNewTokens === undefined) return Math.min(DEFAULT_TOKENS, room);
  if (maxNewTokens <= room) return maxNewTokens;
  const message = `${where} has ${ids.length} tokens, and ${maxNewTokens} are to follow; the model takes ${most}`;
  throw new PumaError('E_LENGTH', message, words`Shorten the text, or choose ${option('maxNewTokens', room)} or less.`);
}

/** Has parties that run go on with a text. It does not wait for its reader while somebody else waits for the parties. */
export async function* continueText(running: Running, options: Prompt): AsyncGenerator<Piece, void, undefined> {
  const { reader, manifest } = running;
  const continuation = continuationOf(reader, manifest.reveal, options);
  let wanted = false;
  let hurry = () => {
    wanted = true;
  };
  const turn = await running.beginText(() => hurry(), options.signal);
  const pieces = new Ahead(piecesOf(turn.ask, continuation), turn.end);
  hurry = pieces.hurry;
  if (wanted) hurry();
  try {
    for (let piece = await pieces.next(); piece; piece = await pieces.next()) yield piece;
  } finally {
    await pieces.leave();
  }
}

async function* piecesOf(ask: Infer, { query, writing, steps }: Continuation): AsyncGenerator<Piece> {
  let left = steps.maxNewTokens;
  for await (const { id, logits, seconds, rounds, answer } of generate(ask, query, steps)) {
    let text = writing.push(id);
    if (--left === 0 || writing.stopped || steps.eos?.includes(id)) text += writing.end();
    yield { id, text, ...(logits ? { logits } : {}), seconds, bytes: countBytes([answer]), rounds };
  }
}

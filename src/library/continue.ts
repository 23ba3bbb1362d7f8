import { PumaError } from '../errors.ts';
import type { Query } from '../models/query.ts';
import { type Bytes, countBytes } from '../runtime/answers.ts';
import { type GenerateOptions, generate } from '../runtime/generate.ts';
import { Writing } from '../runtime/writing.ts';
import { checkNumber, checkWhole } from './check.ts';
import type { Reader } from './model.ts';
import { checkTask, type Padding, queryOf, unpadded } from './query.ts';
import type { Running } from './running.ts';

export type Prompt = (
  | { prompt: string; ids?: undefined }
  | { /** Token ids, special ones included. */ ids: readonly number[]; prompt?: undefined }
) &
  Padding & {
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
    /** Sample the same tokens every time. */
    seed?: number | undefined;
    /** Gives up this text; the parties go on. */
    signal?: AbortSignal | undefined;
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

const DEFAULT_TOKENS = 32;

/** Throws what queryOf() throws, E_TASK, E_LENGTH, E_REVEAL, E_OPTION. */
export function continuationOf(reader: Reader, permits: 'token' | 'logits', options: Prompt): Continuation {
  checkTask(reader, true);
  checkSampling(permits, options);
  const { prompt, ids, padTo, stop = [], eos = reader.eos, reveal, temperature, topK, topP, seed } = options;
  const words = ids === undefined ? { text: prompt } : { ids };
  const query = queryOf(reader, { ...(words as { text: string }), padTo }, 'the prompt');
  if (stop.length > 0 && !reader.tokenizer) throw reader.noTokenizer;
  const writing = new Writing(reader.tokenizer?.decode ?? (() => ''), unpadded(query), stop);
  const maxNewTokens = roomFor(reader, query, options);
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
  checkNumber('temperature', temperature, 0, 100);
  checkWhole('topK', topK);
  checkNumber('topP', topP, 0, 1);
  checkWhole('seed', seed, 0);
  if (reveal !== 'logits' && [temperature, topK, topP, seed].some((value) => value !== undefined)) {
    throw new PumaError('E_REVEAL', 'sampling takes logits', "Add reveal: 'logits', or leave out what samples.");
  }
  if (reveal === 'logits' && permits === 'token') {
    const hint = "Leave out reveal, or have the model owner share the weights with reveal: 'logits'.";
    throw new PumaError('E_REVEAL', 'these shares permit the next token only, no logits', hint);
  }
}

function roomFor({ program }: Reader, { ids }: Query, { maxNewTokens }: Prompt): number {
  checkWhole('maxNewTokens', maxNewTokens);
  const room = program.maxTokens - ids.length + 1;
  if (maxNewTokens === undefined) return Math.min(DEFAULT_TOKENS, room);
  if (maxNewTokens <= room) return maxNewTokens;
  const message = `the prompt has ${ids.length} tokens, and ${maxNewTokens} are to follow; the model takes ${program.maxTokens}`;
  throw new PumaError('E_LENGTH', message, `Shorten the prompt, or choose maxNewTokens ${room} or less.`);
}

/** Has parties that run go on with a text. */
export async function* continueText(running: Running, options: Prompt): AsyncGenerator<Piece, void, undefined> {
  const { reader, manifest } = running;
  const { query, writing, steps } = continuationOf(reader, manifest.reveal, options);
  const { signal } = options;
  const turn = running.beginText();
  try {
    let left = steps.maxNewTokens;
    for await (const token of generate((query) => running.ask(query, { signal, text: turn }), query, steps)) {
      const { id, logits, seconds, rounds, answer } = token;
      let text = writing.push(id);
      if (--left === 0 || writing.stopped || steps.eos?.includes(id)) text += writing.end();
      yield { id, text, ...(logits ? { logits } : {}), seconds, bytes: countBytes([answer]), rounds };
    }
  } finally {
    running.endText(turn);
  }
}

import { type Query, unpadded } from '../../models/query.ts';
import { type Bytes, countBytes } from '../../runtime/answers.ts';
import { type GenerateOptions, generate, type Infer } from '../../runtime/generate.ts';
import { Writing } from '../../runtime/writing.ts';
import { anything, choice, flag, list, number, signal, text, whole } from '../fields.ts';
import { Ahead } from './ahead.ts';
import { type Padding, queryOf } from './query.ts';
import type { Reader } from './reader.ts';
import type { Running } from './running.ts';
import { stepsOf } from './steps.ts';
import { checkTask } from './task.ts';

export type Prompt = (
  | { prompt: string; ids?: undefined }
  | { /** Token ids, special ones included. */ ids: readonly number[]; prompt?: undefined }
) &
  Padding & {
    /** What errors call it: 'the prompt' when left out. */
    where?: string | undefined;
    /**
     * How many tokens may follow: 32, or as many as there is room for, or fewer where generation_config.json says so. The last one needs no
     * room: nobody reads it again.
     */
    maxNewTokens?: number | undefined;
    /** Texts that end the text; they are not part of it. */
    stop?: readonly string[] | undefined;
    /** Ids that end the text: what the model's generation_config.json says when left out. */
    eos?: readonly number[] | undefined;
    /** What the client is shown of each step: the likeliest token alone (the default), or all logits, to choose among. */
    reveal?: 'token' | 'logits' | undefined;
    /**
     * With logits: sample, at this temperature, from 0 to 100. Without it, the likeliest token is taken, unless generation_config.json has
     * tokens drawn.
     */
    temperature?: number | undefined;
    /** Sample among so many of the likeliest tokens. */
    topK?: number | undefined;
    /** Sample among the likeliest tokens that make up this share, from 0 to 1. */
    topP?: number | undefined;
    /** Draw the same numbers every time. Rounding decides a draw that falls between two tokens. */
    seed?: number | undefined;
    /** Do not do what generation_config.json says, but for the ids that end a text. */
    ignoreGenerationConfig?: boolean | undefined;
    /** Gives up this text; the parties go on. */
    signal?: AbortSignal | undefined;
  };

export const PROMPT_FIELDS = {
  ...{ prompt: anything, ids: anything, where: text, padTo: whole(), maxNewTokens: whole(), stop: list, eos: list },
  ...{ reveal: choice('token', 'logits'), temperature: number(0, 100), topK: whole(), topP: number(0, 1) },
  ...{ seed: whole(0), ignoreGenerationConfig: flag, signal },
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
export type Continuation = {
  query: Query;
  writing: Writing;
  steps: GenerateOptions;
  /** What the files of the checkpoint say that is not done. */
  warnings: readonly string[];
};

/** Throws what queryOf() throws, E_TASK, and what stepsOf() throws. */
export function continuationOf(reader: Reader, permits: 'token' | 'logits', options: Prompt): Continuation {
  checkTask(reader, true);
  const { prompt, ids, padTo, where = 'the prompt' } = options;
  const asked = ids === undefined ? { text: prompt } : { ids };
  const query = queryOf(reader, { ...(asked as { text: string }), padTo, where });
  const { steps, stop, warnings } = stepsOf(reader, permits, query, options);
  const writing = new Writing(reader.tokenizer?.decode ?? (() => ''), unpadded(query), stop);
  return { query, writing, steps: { ...steps, stop: () => writing.stopped }, warnings };
}

/** Has parties that run go on with a text. It does not wait for its reader while somebody else waits for the parties. */
export async function* continueText(running: Running, options: Prompt): AsyncGenerator<Piece, void, undefined> {
  const { reader, manifest } = running;
  const continuation = continuationOf(reader, manifest.reveal, options);
  running.warn(continuation.warnings);
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

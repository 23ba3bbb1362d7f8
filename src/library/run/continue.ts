import { type Query, unpadded } from '../../models/query.ts';
import { type Bytes, countBytes } from '../../runtime/answers.ts';
import { type GenerateOptions, generate, type Infer } from '../../runtime/generate.ts';
import { Writing } from '../../runtime/writing.ts';
import { Ahead } from './ahead.ts';
import type { Prompt } from './prompt.ts';
import { queryOf } from './query.ts';
import type { Reader } from './reader.ts';
import type { Running } from './running.ts';
import { stepsOf } from './steps.ts';
import { checkTask } from './task.ts';

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

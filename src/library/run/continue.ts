import { type Query, unpadded } from '../../models/query.ts';
import { type Bytes, countBytes } from '../../runtime/answers.ts';
import { type GenerateOptions, generate, type Infer } from '../../runtime/generate.ts';
import { Writing } from '../../runtime/writing.ts';
import { Ahead } from './ahead.ts';
import { chatText } from './chat-text.ts';
import type { Prompt } from './prompt.ts';
import { queryOf } from './query.ts';
import type { Reader } from './reader.ts';
import type { Running, Turn } from './running.ts';
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
  /** How many tokens parties read for it: of the first piece, those of the prompt that they did not know yet. */
  read: number;
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
  const { prompt, messages, padTo, where = messages ? 'the conversation' : 'the prompt' } = options;
  const ids = messages && options.ids === undefined ? chatText(reader, messages).ids : options.ids;
  const asked = ids === undefined ? { text: prompt } : { ids };
  const query = queryOf(reader, { ...(asked as { text: string }), padTo, where });
  const { steps, stop, warnings } = stepsOf(reader, permits, query, options);
  const writing = new Writing(reader.tokenizer?.decode ?? (() => ''), unpadded(query), stop);
  return { query, writing, steps: { ...steps, stop: () => writing.stopped }, warnings };
}

/**
 * Has parties that run go on with a text. It does not wait for its reader while somebody else waits for the parties. What they keep of a
 * text of the same `thread` is not read again.
 */
export async function* continueText(
  running: Running,
  options: Prompt,
  thread?: object,
): AsyncGenerator<Piece, void, undefined> {
  const { reader, manifest } = running;
  const continuation = continuationOf(reader, manifest.reveal, options);
  running.warn(continuation.warnings);
  let wanted = false;
  let hurry = () => {
    wanted = true;
  };
  const turn = await running.beginText(() => hurry(), options.signal, thread);
  const pieces = new Ahead(piecesOf(turn, continuation), turn.end);
  hurry = pieces.hurry;
  if (wanted) hurry();
  try {
    for (let piece = await pieces.next(); piece; piece = await pieces.next()) yield piece;
  } finally {
    await pieces.leave();
  }
}

async function* piecesOf(turn: Turn, { query, writing, steps }: Continuation): AsyncGenerator<Piece> {
  let read = 0;
  const ask: Infer = (query) => {
    const rest = turn.unread(query);
    read = rest.ids.length;
    return turn.ask(rest);
  };
  let left = steps.maxNewTokens;
  for await (const { id, logits, seconds, rounds, answer } of generate(ask, query, steps)) {
    let text = writing.push(id);
    if (--left === 0 || writing.stopped || steps.eos?.includes(id)) text += writing.end();
    yield { id, text, ...(logits ? { logits } : {}), seconds, bytes: countBytes([answer]), rounds, read };
  }
}

import type { Query } from '../models/query.ts';
import { countBytes } from './answers.ts';
import type { Answer } from './client.ts';
import { pick, type Sampling, type Uniform, uniformFrom } from './sample.ts';

export type GenerateOptions = {
  maxNewTokens: number;
  /** Ids that end a text. */
  eos?: readonly number[];
  /** Whether the text ends with these new tokens, for a reason of the caller's. */
  stop?(tokens: readonly number[]): boolean;
  /** Have the logits opened, and pick the token here; otherwise the parties find the likeliest and open nothing else. */
  logits?: boolean;
  sampling?: Sampling;
  seed?: number;
};

/** A token, and what it took. Bytes are those of all links. */
export type Token = {
  id: number;
  logits?: Float64Array;
  seconds: number;
  bytes: number;
  rounds: number;
  answer: Answer;
};

/** One step: the answer to a query, by three parties. */
export type Infer = (query: Query) => Promise<Answer>;

/** Goes on with a text, token by token; the keys and values of earlier ones stay with the parties. */
export async function* generate(infer: Infer, prompt: Query, options: GenerateOptions): AsyncGenerator<Token> {
  const { maxNewTokens, eos = [], stop, logits = false } = options;
  const next = logits ? picker(options) : first;
  const tokens: number[] = [];
  let query: Query = { ...prompt, reveal: logits ? 'logits' : 'token' };
  while (tokens.length < maxNewTokens) {
    const answer = await infer(query);
    const id = next(answer);
    tokens.push(id);
    yield {
      id,
      ...(logits ? { logits: answer.output } : {}),
      seconds: answer.seconds,
      bytes: countBytes([answer]).total,
      rounds: answer.rounds,
      answer,
    };
    if (eos.includes(id) || stop?.(tokens)) return;
    query = following(query, id);
  }
}

const first = ({ output }: Answer): number => output[0]!;

function picker({ sampling = {}, seed }: GenerateOptions): (answer: Answer) => number {
  const uniform: Uniform = uniformFrom(seed);
  return ({ output }) => pick(output, sampling, uniform);
}

/** The query for one more token of the same text. */
export function following({ ids, mask, reveal, check, from = 0, position = from }: Query, id: number): Query {
  return {
    ids: [id],
    types: [0],
    from: from + ids.length,
    position: position + ids.length,
    ...(mask ? { mask: [...mask, 1] } : {}),
    ...(check ? { check } : {}),
    ...(reveal ? { reveal } : {}),
  };
}

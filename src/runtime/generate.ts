import type { Steering } from '../heads/steering.ts';
import { type Query, unpadded } from '../models/query.ts';
import { countBytes } from './answers.ts';
import type { Answer } from './client.ts';
import { pick, type Sampling, type Uniform, uniformFrom } from './sample.ts';
import { forced, steer, type TextSoFar } from './steer.ts';

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
  /** What changes logits before a token is picked; without them, only what is forced can be done. */
  steering?: Steering;
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
  const { maxNewTokens, eos = [], stop, logits = false, steering = {} } = options;
  const next = logits ? picker(options) : first;
  const tokens: number[] = [];
  const before = unpadded(prompt);
  const soFar = { prompt: before.length, most: before.length + maxNewTokens, eos };
  let query: Query = { ...prompt, reveal: logits ? 'logits' : 'token' };
  while (tokens.length < maxNewTokens) {
    const answer = await infer(query);
    const text = { ...soFar, ids: [...before, ...tokens] };
    const id = forced(steering, text) ?? next(answer, text);
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

function picker({ sampling = {}, seed, steering = {} }: GenerateOptions): (answer: Answer, text: TextSoFar) => number {
  const uniform: Uniform = uniformFrom(seed);
  return ({ output }, text) => pick(steer(output, steering, text), sampling, uniform);
}

/** The query for more tokens of the same text. */
export function following(
  { ids, mask, reveal, check, from = 0, position = from }: Query,
  ...more: readonly number[]
): Query {
  return {
    ids: more,
    types: more.map(() => 0),
    from: from + ids.length,
    position: position + ids.length,
    ...(mask ? { mask: [...mask, ...more.map(() => 1)] } : {}),
    ...(check ? { check } : {}),
    ...(reveal ? { reveal } : {}),
  };
}

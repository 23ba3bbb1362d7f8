/** One inference by parties that run already: what it took. */
import type { Model } from '../models/model.ts';
import { countBytes } from '../runtime/answers.ts';
import type { Answer } from '../runtime/client.ts';
import { generate, type Infer } from '../runtime/generate.ts';
import { kindEntries, type WorkKind } from '../work/kinds.ts';
import { type Case, queryOf } from './cases.ts';

export type Inference = {
  seconds: number;
  /** Of a model that generates: the prompt with the first new token, and all further ones. */
  prompt: number;
  further: number;
  /** By kind of work at evaluator 1, which waits for the dealer and for evaluator 2; `other` is what is left of the whole. */
  secondsByKind: Record<string, number>;
  /** Client included. By kind, what the three parties sent to each other. */
  bytes: { dealer: number; online: number; client: number; total: number; byKind: Record<string, number> };
  rounds: number;
  answers: Answer[];
};

export async function inferOnce(infer: Infer, model: Model, asked: Case): Promise<Inference> {
  const query = queryOf(model, asked);
  const answers: Answer[] = [];
  if (!model.head.continues) answers.push(await infer(query));
  else for await (const { answer } of generate(infer, query, { maxNewTokens: asked.newTokens })) answers.push(answer);
  return inferenceOf(answers);
}

export function inferenceOf(answers: Answer[]): Inference {
  const { dealer, online, client, total } = countBytes(answers);
  const seconds = sum(answers.map((answer) => answer.seconds));
  const kinds = byKind(answers, [1], (spent) => spent.seconds);
  const rest = Math.max(0, seconds - sum(Object.values(kinds)));
  return {
    seconds,
    prompt: answers[0]!.seconds,
    further: seconds - answers[0]!.seconds,
    secondsByKind: { ...kinds, other: (kinds.other ?? 0) + rest },
    bytes: { dealer, online, client, total, byKind: byKind(answers, [0, 1, 2], (spent) => spent.sent) },
    rounds: sum(answers.map((answer) => answer.rounds)),
    answers,
  };
}

type Spent = NonNullable<Answer['reports'][number]['spent'][WorkKind]>;

function byKind(
  answers: readonly Answer[],
  parties: readonly number[],
  of: (spent: Spent) => number,
): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { reports } of answers) {
    for (const party of parties) {
      for (const [kind, spent] of kindEntries(reports[party]!.spent)) out[kind] = (out[kind] ?? 0) + of(spent);
    }
  }
  return out;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

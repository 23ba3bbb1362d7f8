import { option, PumaError, words } from '../errors.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';

/** An inference to be measured. `newTokens` is 0 of a model that does not generate. */
export type Case = { tokens: number; newTokens: number };

/** Cases of one model: its weights are shared once for all of them. */
export type ModelCases = { model: string; cases: readonly Case[] };

const encoder = (model: string): ModelCases => ({ model, cases: [{ tokens: 128, newTokens: 0 }] });
const decoder = (model: string, ...lengths: [tokens: number, newTokens: number][]): ModelCases => ({
  model,
  cases: lengths.map(([tokens, newTokens]) => ({ tokens, newTokens })),
});

/** What the PUMA paper measures (arXiv 2307.12533), with made-up weights: costs depend on shapes only. */
export const PAPER: readonly ModelCases[] = [
  ...['bert-base-uncased', 'roberta-base', 'bert-large-uncased'].map((name) => encoder(`synthetic:${name}`)),
  ...['gpt2', 'gpt2-medium', 'gpt2-large'].map((name) => decoder(`synthetic:${name}`, [32, 1])),
  decoder('synthetic:llama-7b', [4, 1], [8, 1], [8, 2]),
];

/** The case that somebody wants of a model; without lengths, those of the paper. Throws E_LENGTH, E_OPTION. */
export function caseFor(
  name: string,
  { head, maxTokens }: Model,
  want: { tokens?: number | undefined; past?: number | undefined; newTokens?: number | undefined },
): Case {
  const { continues: generates } = head;
  if (!generates && want.newTokens !== undefined) {
    throw new PumaError(
      'E_OPTION',
      `${name} does not generate: it has no new tokens`,
      words`Leave out ${option('newTokens')}.`,
    );
  }
  const newTokens = generates ? (want.newTokens ?? 1) : 0;
  const { past = 0 } = want;
  const room = maxTokens - past - Math.max(0, newTokens - 1); // the last token is not read again
  const tokens = want.tokens ?? Math.min(generates ? 32 : 128, room);
  if (tokens <= room && tokens > 0) return { tokens, newTokens };
  const more = `${past > 0 ? ` after ${past}` : ''}${generates ? `, and ${newTokens} are to follow` : ''}`;
  const message = `the text has ${Math.max(1, tokens)} tokens${more}; ${name} takes ${maxTokens}`;
  throw new PumaError('E_LENGTH', message, words`Choose a smaller ${option('tokens')} or ${option('newTokens')}.`);
}

/** A text of so many tokens: as good as random, and the same in every run. */
export function queryOf({ vocabularySize }: Model, { tokens }: Case): Query {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes, section 7.1
    return Math.floor((state / 2 ** 32) * vocabularySize);
  };
  const ids = Array.from({ length: tokens }, next);
  return { ids, types: ids.map(() => 0) };
}

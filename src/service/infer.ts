import { PumaError } from '../errors.ts';
import { readManifest } from '../loaders/manifest.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Tokenizer } from '../loaders/tokenizer.ts';
import type { Model } from '../models/model.ts';
import type { Answer, Query } from './client.ts';
import type { Report } from './messages.ts';

export type Text = { text: string; pair?: string };

/** The query for a text: its ids, padded when `padTo` is given. Throws E_LENGTH with both lengths when it is too long. */
export function queryFor(model: Model, tokenizer: Tokenizer, { text, pair }: Text, padTo?: number): Query {
  const { ids, types } = tokenizer.encode(text, pair);
  const limit = padTo ?? model.maxTokens;
  if (ids.length > limit) {
    const what = padTo === undefined ? 'the model takes' : '--pad-to allows';
    throw new PumaError('E_LENGTH', `the text has ${ids.length} tokens; ${what} ${limit}`, 'Shorten the text.');
  }
  if (padTo === undefined) return { ids, types };
  if (padTo > model.maxTokens) {
    throw new PumaError(
      'E_LENGTH',
      `--pad-to is ${padTo}; the model takes ${model.maxTokens} tokens`,
      'Choose a smaller number.',
    );
  }
  const fill = (list: readonly number[], with_: number) => [...list, ...Array<number>(padTo - list.length).fill(with_)];
  return { ids: fill(ids, tokenizer.padId ?? 0), types: fill(types, 0), counted: ids.length };
}

export type Classified = {
  text: string;
  textPair?: string;
  label?: string;
  scores?: Record<string, number>;
  logits: number[];
};

/** What a person wants of an answer: the label and its scores, or the pooled output. */
export function describeOutput(model: Model, { text, pair }: Text, output: ArrayLike<number>): Classified {
  const logits = Array.from(output);
  const result: Classified = { text, ...(pair === undefined ? {} : { textPair: pair }), logits };
  if (model.task !== 'classify') return result;
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const total = weights.reduce((a, b) => a + b, 0);
  result.label = model.labels[logits.indexOf(top)]!;
  result.scores = Object.fromEntries(weights.map((w, i) => [model.labels[i]!, w / total]));
  return result;
}

export type Bytes = {
  dealer: number;
  online: number;
  client: number;
  total: number;
  perParty: { party: number; sent: number; received: number }[];
};

/** Bytes of several inferences: dealer to evaluators, between evaluators, with the client; every byte counted once, where it is sent. */
export function countBytes(answers: readonly Answer[]): Bytes {
  const sent = (from: number, to: string) =>
    answers.reduce((n, { reports }) => n + (reports[from]!.traffic[to]?.sent ?? 0), 0);
  const received = (at: number, from: string) =>
    answers.reduce((n, { reports }) => n + (reports[at]!.traffic[from]?.received ?? 0), 0);
  const ends = ['0', '1', '2', 'client'];
  const dealer = sent(0, '1') + sent(0, '2');
  const online = sent(1, '2') + sent(2, '1') + sent(1, '0') + sent(2, '0');
  const client = [0, 1, 2].reduce((n, party) => n + sent(party, 'client') + received(party, 'client'), 0);
  const perParty = [0, 1, 2].map((party) => ({
    party,
    sent: ends.reduce((n, end) => n + sent(party, end), 0),
    received: ends.reduce((n, end) => n + received(party, end), 0),
  }));
  return { dealer, online, client, total: dealer + online + client, perParty };
}

export const peakRss = (answers: readonly Answer[], party: number): number =>
  Math.max(...answers.map(({ reports }) => (reports[party] as Report).peakRssBytes));

/** The model's config as the shares have it, and whether they are of the model that the caller named. */
export async function checkShares(
  folder: string,
  model: ResolvedModel,
  program: Model,
): Promise<{ tableBits: number; ring: { bits: number; fractionBits: number } }> {
  const manifest = await readManifest(`${folder}/party1/manifest.json`);
  if (
    manifest.model.architecture !== program.architecture ||
    JSON.stringify(manifest.model.config.vocab_size) !== String(program.vocabularySize)
  ) {
    throw new PumaError(
      'E_SHARES',
      `${folder} holds shares of ${manifest.model.name} (${manifest.model.architecture}), not of ${model.name}`,
      'Name the model that was shared.',
    );
  }
  return { tableBits: manifest.ring.table.bits, ring: manifest.ring };
}

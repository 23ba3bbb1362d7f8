import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { queryFor, type Text } from './query.ts';

/** Queries of texts; those that were too long for the model lost their end. */
export type Cut = { queries: Query[]; cut: number };

export function cutQueries(model: Model, tokenizer: Tokenizer, texts: readonly Text[], padTo?: number): Cut {
  const limit = padTo ?? model.maxTokens;
  let cut = 0;
  const queries = texts.map((text) => {
    const { ids, types } = tokenizer.encode(text.text!, text.pair);
    if (ids.length <= limit) return queryFor(model, tokenizer, text, padTo);
    cut++;
    // A text that is read as a whole keeps the token that ends it
    const kept = (all: readonly number[]) =>
      model.head.continues ? all.slice(0, limit) : [...all.slice(0, limit - 1), all.at(-1)!];
    const query = { ids: kept(ids), types: kept(types) };
    return padTo === undefined ? query : { ...query, mask: query.ids.map(() => 1) };
  });
  return { queries, cut };
}

/** One long text, so many tokens at a time, one after the other. */
export function windowQueries(tokenizer: Tokenizer, text: string, size: number): Query[] {
  const { ids, types } = tokenizer.encode(text);
  const count = Math.ceil(ids.length / size);
  const cut = (all: readonly number[], i: number) => all.slice(i * size, (i + 1) * size);
  return Array.from({ length: count }, (_, i) => ({ ids: cut(ids, i), types: cut(types, i) }));
}

import type { Reveal } from '../heads/head.ts';

/** A text as a model takes it, and what the client is to be shown of the answer. */
export type Query = {
  ids: readonly number[];
  types: readonly number[];
  /** Over all tokens of the text so far, when it is padded: 1 for those that count, 0 for the rest. */
  mask?: readonly number[];
  /** What to show of the result; the default is what the model's head usually reveals. */
  reveal?: Reveal;
  /** How many tokens of the same text came before; the model's position of the first id, if that is another. */
  from?: number;
  position?: number;
  /** Open every layer too. */
  layers?: boolean;
  /** Have the parties check that values stay within their rings. */
  check?: boolean;
};

/** The rest of a text of which `count` tokens came before. */
export function after({ ids, types, ...query }: Query, count: number): Query {
  return count === 0
    ? { ids, types, ...query }
    : { ids: ids.slice(count), types: types.slice(count), ...query, from: count };
}

/** The text's own ids, without padding; that of a text which goes on stands in front. */
export function unpadded({ ids, mask }: Query): readonly number[] {
  return mask ? ids.filter((_, i) => mask[i] === 1) : ids;
}

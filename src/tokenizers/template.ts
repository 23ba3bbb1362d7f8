import type { Part } from './json.ts';

/** A token that goes around a text. */
export type Ends = readonly [token: string, id: number];

const special = ([id]: Ends, type_id: number) => ({ SpecialToken: { id, type_id } });
const sequence = (id: 'A' | 'B', type_id: number) => ({ Sequence: { id, type_id } });
const known = (ends: readonly Ends[]) =>
  Object.fromEntries(ends.map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }]));

/** [CLS] A [SEP], or [CLS] A [SEP] B [SEP] with B and its separator of type 1. */
export function aroundBoth(start: Ends, end: Ends): Part {
  const single = [special(start, 0), sequence('A', 0), special(end, 0)];
  const pair = [...single, sequence('B', 1), special(end, 1)];
  return { type: 'TemplateProcessing', single, pair, special_tokens: known([start, end]) };
}

/** Each text with a token before it, one after it, or both, or none. */
export function aroundEach(start: Ends | undefined, end: Ends | undefined): Part {
  const around = (text: 'A' | 'B', type: number) => [
    ...(start ? [special(start, type)] : []),
    sequence(text, type),
    ...(end ? [special(end, type)] : []),
  ];
  const ends = [...(start ? [start] : []), ...(end ? [end] : [])];
  const [single, pair] = [around('A', 0), [...around('A', 0), ...around('B', 1)]];
  return { type: 'TemplateProcessing', single, pair, special_tokens: known(ends) };
}

/** <s> A </s>, or <s> A </s></s> B </s>; all of type 0. */
export function aroundTwice(start: Ends, end: Ends): Part {
  const single = [special(start, 0), sequence('A', 0), special(end, 0)];
  const pair = [...single, special(end, 0), sequence('B', 0), special(end, 0)];
  return { type: 'TemplateProcessing', single, pair, special_tokens: known([start, end]) };
}

/** As RoBERTa does it. */
export const roberta = (start: Ends, end: Ends, trim_offsets = true, add_prefix_space = false): Part => ({
  ...{ type: 'RobertaProcessing', sep: end, cls: start, trim_offsets, add_prefix_space },
});

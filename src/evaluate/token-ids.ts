/** Token ids beside those of a reference: they are compared first, for nothing after them can be right if they are not. */
import { PumaError } from '../errors.ts';
import type { Query } from '../models/query.ts';
import { unpadded } from '../models/query.ts';
import type { ReferenceCase } from './reference.ts';

type Decode = (ids: readonly number[]) => string;

/** How many ids there are, all of them the same. Throws E_DIFFERENCE, with exit code 3, which names the first that is another. */
export function compareIds(
  cases: readonly ReferenceCase[],
  queries: readonly Query[],
  decode: Decode | undefined,
): number {
  const found = cases.map((one, i) => differenceOf(one, queries[i]!, decode));
  const first = found.findIndex((difference) => difference !== undefined);
  if (first < 0) return cases.reduce((sum, { ids }) => sum + ids.length, 0);
  const different = found.filter((difference) => difference !== undefined).length;
  const message = `token ids differ (${different} of ${cases.length}); text ${first + 1}, ${found[first]}`;
  const hint = 'Check that the tokenizer files are those that the reference was made with; otherwise report it.';
  throw new PumaError('E_DIFFERENCE', message, hint, 3);
}

/** `token 3: 1037 "a" in transformers, 2019 "an" here` */
function differenceOf(
  { ids, types = ids.map(() => 0), tokens }: ReferenceCase,
  query: Query,
  decode: Decode | undefined,
): string | undefined {
  const ours = unpadded(query);
  const at = Array.from({ length: Math.max(ids.length, ours.length) }, (_, i) => i);
  const other = at.find((i) => ids[i] !== ours[i]);
  if (other !== undefined) {
    const theirs = shown(ids[other], tokens?.[other] ?? '');
    return `token ${other + 1}: ${theirs} in transformers, ${shown(ours[other], textOf(ours[other], decode))} here`;
  }
  const ourTypes = unpadded({ ...query, ids: query.types });
  const type = at.find((i) => types[i] !== ourTypes[i]);
  return type === undefined
    ? undefined
    : `token ${type + 1}: type ${types[type]} in transformers, ${ourTypes[type]} here`;
}

const shown = (id: number | undefined, text: string): string =>
  id === undefined ? 'none' : text === '' ? String(id) : `${id} ${JSON.stringify(text)}`;

/** Empty for special tokens, which are no text. */
const textOf = (id: number | undefined, decode: Decode | undefined): string =>
  id === undefined || !decode ? '' : decode([id]);

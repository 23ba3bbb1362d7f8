/** Every class of tokenizers, from every kind of file, against transformers (scripts/golden/tokenizers_of_classes.py). */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/tokenizers/assemble.ts';
import { AGREED, AGREED_TEXT, notAgreed } from '../../src/tokenizers/engines/agreed.ts';
import { construct, javascript } from '../../src/tokenizers/engines/javascript.ts';
import { NoLibrary, native } from '../../src/tokenizers/engines/native.ts';
import { openTokenizer, planOf } from '../../src/tokenizers/open.ts';
import { run } from '../../src/tokenizers/run.ts';
import { refusal } from '../shares/helpers.ts';

type Case = { folder: string; text: string; pair?: string; ids: number[]; types?: number[]; decoded: string };
type Golden = { files: Record<string, string>; folders: Record<string, Record<string, string>>; cases: Case[] };

/** Made at once: the tables of tests below need the folders before any test runs. */
const root = await mkdtemp(join(tmpdir(), 'puma-classes-'));
afterAll(() => rm(root, { recursive: true }));
const path = (...parts: string[]) => join(root, ...parts);
const golden: Golden = JSON.parse(await readFile(new URL('../golden/tokenizer-classes.json', import.meta.url), 'utf8'));
const names = Object.keys(golden.folders);

async function folder(name: string): Promise<string> {
  await mkdir(path(name), { recursive: true });
  for (const [file, key] of Object.entries(golden.folders[name]!)) {
    await writeFile(path(name, file), inflateSync(Buffer.from(golden.files[key]!, 'base64')));
  }
  return path(name);
}

describe('as transformers', () => {
  test.each(names)('%s', async (name) => {
    const tokenizer = await openTokenizer(await folder(name));
    expect(tokenizer.engine).toBe('tokenizers');
    const own = golden.cases.filter((item) => item.folder === name);
    expect(own.length).toBeGreaterThan(20);
    for (const { text, pair, ids, types, decoded } of own) {
      const encoded = tokenizer.encode(text, pair);
      const what = JSON.stringify([text, pair]);
      expect(encoded.ids, what).toEqual(ids);
      if (types) expect(encoded.types, what).toEqual(types);
      expect(tokenizer.decode(ids), what).toBe(decoded);
    }
  });
});

/** Random texts of characters on which both libraries may be trusted, with the tokenizer's own tokens in them. */
const agreedTexts = ({ json }: Plan) => {
  const stretches = [' ~', ' ~', 'az', '\u00a0\u024f', '\u0401\u045f', '\u3041\u3096', '\u4e00\u9fff', '\uac00\ud7a3'];
  const character = fc
    .constantFrom(...stretches)
    .chain((stretch) =>
      fc.integer({ min: stretch.charCodeAt(0), max: stretch.charCodeAt(1) }).map((point) => String.fromCharCode(point)),
    );
  const word = fc.oneof(
    fc.constantFrom(
      'the',
      " don't",
      "WE'LL",
      ' 1234',
      '\n\n',
      '  ',
      '\t',
      '\u2014',
      '\u201cA\u201d',
      'e\u0141',
      '\u20ac5',
    ),
    fc.constantFrom(...json.added_tokens.map(({ content }) => content), 'a').filter((token) => AGREED_TEXT.test(token)),
    fc.array(character, { maxLength: 6 }).map((all) => all.join('')),
  );
  return fc
    .array(word, { maxLength: 12 })
    .map((words) => words.join(''))
    .filter((text) => !text.includes('<FILL_ME>'));
};

describe('the library in JavaScript', async () => {
  const plans = await Promise.all(names.map(async (name) => ({ name, plan: await planOf(await folder(name)) })));
  const agreed = plans.filter(({ plan }) => notAgreed(plan.json) === undefined);

  test.each(agreed)('$name: as the native one', ({ plan }) => {
    const [one, other] = [run(plan, [native]), run(plan, [javascript])];
    expect([one.engine, other.engine]).toEqual(['tokenizers', '@huggingface/tokenizers']);
    const texts = agreedTexts(plan);
    fc.assert(
      fc.property(texts, fc.option(texts, { nil: undefined }), (text, pair) => {
        const encoded = one.encode(text, pair);
        expect(other.encode(text, pair)).toEqual(encoded);
        for (const ids of [encoded.ids, encoded.ids.slice(0, -2)]) expect(other.decode(ids)).toBe(one.decode(ids));
      }),
      { numRuns: 150 },
    );
  });

  test('every pipeline of the list is tried', () => {
    const tried = agreed.map(({ plan: { json } }) => Object.entries(AGREED).find(([, row]) => fits(row, json))?.[0]);
    expect(new Set(tried)).toEqual(new Set(Object.keys(AGREED)));
  });

  const fits = (row: (typeof AGREED)[string], json: Plan['json']) =>
    notAgreed(json) === undefined &&
    row.model.split('(')[0] === json.model.type &&
    row.pre_tokenizer.split('(')[0] === json.pre_tokenizer!.type &&
    (row.normalizer === '') === (json.normalizer === null) &&
    row.pre_tokenizer.includes('{1,3}') === JSON.stringify(json.pre_tokenizer).includes('{1,3}');

  test('what it is not known to agree on is refused, with what is missing', async () => {
    const none = {
      name: 'tokenizers',
      open: () => {
        throw new NoLibrary('the package tokenizers does not run on this machine (x)');
      },
    };
    const at = async (name: string) => planOf(await folder(name));
    const unigram = await at('xlm-roberta-model');
    expect(await refusal(() => run(unigram, [none, javascript]))).toMatch(
      /does not run on this machine \(x\); @huggingface\/tokenizers, which runs without it, is not known to agree on the normalizer Precompiled$/,
    );
    const bert = run(await at('bert-vocab'), [none, javascript]);
    expect(bert.engine).toBe('@huggingface/tokenizers');
    expect(await refusal(() => bert.encode('a \u03a3'))).toMatch(/the text has the character U\+03A3, on which/);
  });

  test('the check has its reason: of half a character they make different texts', async () => {
    const { json, path: at } = await planOf(await folder('llama2-json'));
    const { ids } = native.open(json, at).encode('\u2014');
    const half = ids.slice(0, -1);
    expect(construct(json, at).decode(half)).not.toBe(native.open(json, at).decode(half));
  });
});

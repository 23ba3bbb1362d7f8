import { mkdir, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeMerges, mergeWord } from '../../src/tokenizers/bpe/merge.ts';
import { shadowOf } from '../../src/tokenizers/bpe/unicode.ts';
import { checkVocabulary, openTokenizer } from '../../src/tokenizers/open.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();
const golden = (file: string) => new URL(`../golden/${file}`, import.meta.url);
const read = async (file: string) => JSON.parse(await readFile(golden(file), 'utf8'));

type Files = Record<string, unknown>;

async function folder(name: string, files: Files): Promise<string> {
  await mkdir(path(name), { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await writeFile(path(name, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path(name);
}

type Json = {
  model: { vocab: Record<string, number>; merges: string[][] };
  added_tokens: { id: number; content: string }[];
};

const style = (name: string): Promise<Json> => read(`tokenizers/${name}/tokenizer.json`);

/** A checkpoint folder, and what transformers says of its tokenizer. */
type Variant = { name: string; style: string; twoFiles: boolean; modelType: string; config: object | null } & Ids;
type Ids = { size: number; bosId?: number; eosId?: number; padId?: number };

/** vocab.json and merges.txt of a tokenizer.json. */
function twoFiles({ model, added_tokens }: Json): Files {
  const added = added_tokens.map(({ content, id }) => [content, id]);
  const merges = model.merges.map((pair) => pair.join(' '));
  return {
    'vocab.json': { ...model.vocab, ...Object.fromEntries(added) },
    'merges.txt': ['#version: 0.2', ...merges, ''].join('\n'),
  };
}

describe('as transformers does it (scripts/golden/bpe.py)', async () => {
  const { variants, cases } = await read('bpe.json');
  test.each<Variant>(variants)('$name', async (variant) => {
    const { name, style: of, twoFiles: two, modelType, config, size, bosId, eosId, padId } = variant;
    const json = await style(of);
    const at = await folder(name, {
      'config.json': { model_type: modelType },
      ...(config && { 'tokenizer_config.json': config }),
      ...(two ? twoFiles(json) : { 'tokenizer.json': json }),
    });
    const tokenizer = await openTokenizer(at);
    const { vocabularySize } = tokenizer;
    expect({ vocabularySize, bosId: tokenizer.bosId, eosId: tokenizer.eosId, padId: tokenizer.padId }).toEqual({
      ...{ vocabularySize: size, bosId, eosId, padId },
    });
    const own = cases.filter((item: { variant: string }) => item.variant === name);
    expect(own.length).toBeGreaterThan(50);
    for (const { text, pair, ids, types, decoded } of own) {
      const encoded = tokenizer.encode(text, pair);
      expect(encoded.ids, JSON.stringify([text, pair])).toEqual(ids);
      if (types) expect(encoded.types, JSON.stringify([text, pair])).toEqual(types);
      expect(tokenizer.decode(ids), JSON.stringify([text, pair])).toBe(decoded);
    }
  });
});

describe('any text', () => {
  const open: Record<string, Tokenizer> = {};
  beforeAll(async () => {
    for (const name of ['gpt2', 'llama2', 'llama3']) {
      open[name] = await openTokenizer(await folder(`any ${name}`, { 'tokenizer.json': await style(name) }));
    }
  });

  test.each(['gpt2', 'llama2', 'llama3'])('%s: comes back from its ids', (name) => {
    const { encode, decode } = open[name]!;
    // an own mark for spaces, and what looks like a byte token, do not come back
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !/[\u2581<]/.test(value));
    fc.assert(fc.property(text, (value) => void expect(decode(encode(value).ids)).toBe(value)));
  });

  test('half a character is U+FFFD until the other half is there', () => {
    const { encode, decode } = open.gpt2!;
    const { ids } = encode('\u20ac');
    expect(ids.length).toBeGreaterThan(1);
    expect(decode(ids.slice(0, 1))).toBe('\ufffd');
    expect(decode(ids)).toBe('\u20ac');
    expect(decode(encode('a\ud800b').ids)).toBe('a\ufffdb');
  });

  test('ids that are no tokens are nothing', () => {
    const { decode, vocabularySize } = open.gpt2!;
    expect(decode([vocabularySize, -1, 0])).toBe('');
    expect(decode([])).toBe('');
  });
});

test('the pair of the earliest merge goes first, then the one to the left', () => {
  const [a, b, ab, ba, aba] = [0, 1, 2, 3, 4];
  const merges = makeMerges(
    Int32Array.from(
      [
        [b, a, ba],
        [a, b, ab],
        [ab, a, aba],
      ].flat(),
    ),
  );
  const cases: [word: number[], merged: number[]][] = [
    [[], []],
    [[a], [a]],
    [[a, b], [ab]],
    [
      [a, b, a],
      [a, ba],
    ],
    [
      [a, b, b, a],
      [ab, ba],
    ],
    [
      [a, b, a, b, a],
      [a, ba, ba],
    ],
    [[ab, a], [aba]],
    [
      [a, a, b, b],
      [a, ab, b],
    ],
  ];
  for (const [word, merged] of cases) expect(mergeWord(word, merges)).toEqual(merged);
});

/** The rule of the paper, word for word: look for the best pair everywhere, join all of its kind, begin again. */
function slowly(word: number[], pairs: readonly (readonly [number, number, number])[]): number[] {
  for (;;) {
    const best = pairs.find(([left, right]) => word.some((id, i) => id === left && word[i + 1] === right));
    if (!best) return word;
    const joined: number[] = [];
    for (let i = 0; i < word.length; i++) {
      const join = word[i] === best[0] && word[i + 1] === best[1];
      joined.push(join ? best[2] : word[i]!);
      if (join) i++;
    }
    word = joined;
  }
}

test('any merges of any word: as by the plain rule', () => {
  // Each merge makes a new token of tokens that are there before it, as training does.
  const chosen = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 12 });
  fc.assert(
    fc.property(chosen, fc.array(fc.nat(2), { maxLength: 30 }), (picks, word) => {
      const pairs = picks.map(([x, y], i) => [x % (3 + i), y % (3 + i), 3 + i] as const);
      const fresh = pairs.filter(([l, r], i) => pairs.findIndex(([x, y]) => x === l && y === r) === i);
      expect(mergeWord(word, makeMerges(Int32Array.from(fresh.flat())))).toEqual(slowly(word, fresh));
    }),
  );
});

test.each([
  ['a letter of Unicode 16', '\u1c89', '\u05d0'],
  ['a wide one', '\u{105c0}', '\u{10400}'],
  ['a digit of Unicode 16', '\u{10d40}', '\u{10107}'],
  ['a letter of Unicode 17', '\u088f', '\u0378'],
  ['a digit of Unicode 17', '\u{11de0}', '\u{10ffff}'],
  ['older ones', 'a1\u05d0 \u{20000}', 'a1\u05d0 \u{20000}'],
])('splitting does not depend on the Unicode of Node: %s', (_what, text, shadow) => {
  expect(shadowOf(text)).toBe(shadow);
});

describe('refused', async () => {
  const good = await style('llama2');
  const tiny = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };
  const file = (change: Files, model: Files = {}) => ({
    'tokenizer.json': { ...change, model: { ...tiny, ...model } },
  });
  const rows: [what: string, files: Files, message: string][] = [
    [
      'a normalizer',
      file({ normalizer: { type: 'NFKC' } }),
      'FOLDER/tokenizer.json: the normalizer NFKC is not supported for byte-pair tokenizers',
    ],
    [
      'a pre-tokenizer',
      file({ pre_tokenizer: { type: 'Whitespace' } }),
      'FOLDER/tokenizer.json: the pre-tokenizer Whitespace is not supported for byte-pair tokenizers',
    ],
    [
      'a decoder',
      file({ decoder: { type: 'CTC' } }),
      'FOLDER/tokenizer.json: the decoder CTC is not supported for byte-pair tokenizers',
    ],
    [
      'a post-processor',
      file({ post_processor: { type: 'X' } }),
      'FOLDER/tokenizer.json: the post-processor X is not supported for byte-pair tokenizers',
    ],
    [
      'a suffix',
      file({}, { end_of_word_suffix: '</w>' }),
      'FOLDER/tokenizer.json: model.end_of_word_suffix: not supported for byte-pair tokenizers',
    ],
    ['no merges', file({}, { merges: null }), 'FOLDER/tokenizer.json: model.merges: not a list'],
    ['no vocabulary', file({}, { vocab: 1 }), 'FOLDER/tokenizer.json: model.vocab: not an object'],
    [
      'a list for a vocabulary',
      file({}, { vocab: ['a'] }),
      'FOLDER/tokenizer.json: the vocabulary is no JSON object of tokens and ids',
    ],
    ['an id below 0', file({}, { vocab: { a: -1 } }), 'FOLDER/tokenizer.json: the id of "a" is no id'],
    ['a huge id', file({}, { vocab: { a: 1e9 } }), 'FOLDER/tokenizer.json: the id of "a" is no id'],
    ['half a merge', file({}, { merges: ['a b', 'a'] }), 'FOLDER/tokenizer.json: merge 2 is not two tokens'],
    [
      'a merge of strangers',
      file({}, { merges: [['a', 'c']] }),
      'FOLDER/tokenizer.json: the vocabulary has no token "c", which merge 1 names',
    ],
    [
      'a merge to a stranger',
      file({}, { merges: ['b a'] }),
      'FOLDER/tokenizer.json: the vocabulary has no token "ba", which merge 1 names',
    ],
    [
      'no unknown',
      file({}, { unk_token: '?' }),
      'FOLDER/tokenizer.json: the vocabulary has no token "?", which stands for unknown ones',
    ],
    [
      'no type',
      file({ decoder: {} }),
      'FOLDER/tokenizer.json: decoder.type: Invalid input: expected string, received undefined',
    ],
    [
      'an added token without content',
      file({ added_tokens: [{ id: 3 }] }),
      'FOLDER/tokenizer.json: added_tokens.0.content: Invalid input: expected string, received undefined',
    ],
    [
      'a template without ids',
      {
        'tokenizer.json': {
          ...good,
          post_processor: {
            type: 'TemplateProcessing',
            single: [{ SpecialToken: { id: '<s>', type_id: 0 } }],
            pair: [],
            special_tokens: {},
          },
        },
      },
      'FOLDER/tokenizer.json: the post-processor names "<s>" and does not say its id',
    ],
    [
      'an expression',
      file({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false } }),
      'FOLDER/tokenizer.json: Invalid regular expression',
    ],
    [
      'vocab.json alone',
      { 'vocab.json': {} },
      'FOLDER has no tokenizer.json, no vocab.txt, and not both vocab.json and merges.txt',
    ],
    [
      'vocab.json, no object',
      { 'vocab.json': [], 'merges.txt': '' },
      'FOLDER/vocab.json: the vocabulary is no JSON object of tokens and ids',
    ],
    [
      'merges.txt, a line',
      { 'vocab.json': tiny.vocab, 'merges.txt': '#version: 0.2\na b\na\n' },
      'FOLDER/merges.txt: line 3 is not two tokens',
    ],
    [
      'merges.txt, strangers',
      { 'vocab.json': tiny.vocab, 'merges.txt': 'a c\n' },
      'FOLDER/merges.txt: the vocabulary has no token "c", which merge 1 names',
    ],
    [
      'no roberta',
      { 'vocab.json': { a: 0 }, 'merges.txt': '', 'config.json': { model_type: 'roberta' } },
      'FOLDER/merges.txt: the vocabulary has no token "</s>", which goes around a text',
    ],
  ];
  test.each(rows)('%s', async (what, files, message) => {
    const at = await folder(`refused ${what}`, files);
    const found = (await refusal(openTokenizer(at))).replaceAll(at, 'FOLDER');
    expect(found.slice(0, `E_TOKENIZER ${message}`.length)).toBe(`E_TOKENIZER ${message}`);
  });
});

test('special_tokens_map.json names special tokens, unless tokenizer_config.json lists them', async () => {
  const files = twoFiles(await style('roberta'));
  const map = { pad_token: '<unk>', mask_token: { content: '<mask>', lstrip: true, normalized: false } };
  const named = { tokenizer_class: 'RobertaTokenizer' };
  const listed = { ...named, added_tokens_decoder: { 0: { content: '<s>', normalized: false, special: true } } };
  const rows: [name: string, config: object, padId: number, spaceIsTaken: boolean][] = [
    ['map', named, 3, true],
    ['list', listed, 1, false],
  ];
  for (const [name, config, padId, spaceIsTaken] of rows) {
    const extra = { 'tokenizer_config.json': config, 'special_tokens_map.json': map };
    const tokenizer = await openTokenizer(await folder(name, { ...files, ...extra }));
    expect(tokenizer.padId).toBe(padId);
    const [start, mask, end] = [0, tokenizer.vocabularySize - 1, 2];
    const space = tokenizer.encode(' ').ids.slice(1, -1);
    expect(tokenizer.encode(' <mask>').ids).toEqual([start, ...(spaceIsTaken ? [] : space), mask, end]);
  }
});

test('a tokenizer must fit its model', async () => {
  const at = await folder('fit', { 'tokenizer.json': await style('gpt2') });
  const tokenizer = await openTokenizer(at);
  checkVocabulary(tokenizer, tokenizer.vocabularySize, at);
  checkVocabulary(tokenizer, 50_304, at); // padded, as many models are
  expect(await refusal(() => checkVocabulary(tokenizer, 399, at))).toBe(
    `E_TOKENIZER the tokenizer in ${at} has 400 tokens; the model knows 399`,
  );
});

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTokenizer } from '../../src/tokenizers/open.ts';
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

test('the pair of the earliest merge goes first, then the one to the left', async () => {
  const model = { type: 'BPE', vocab: { a: 0, b: 1, ba: 2, ab: 3, aba: 4 }, merges: ['b a', 'a b', 'ab a'] };
  const tokenizer = await openTokenizer(await folder('merges', { 'tokenizer.json': { model } }));
  const [a, b, ba, ab] = [0, 1, 2, 3];
  const rows: [word: string, merged: number[]][] = [
    ['', []],
    ['a', [a]],
    ['ab', [ab]],
    ['aba', [a, ba]],
    ['abba', [ab, ba]],
    ['ababa', [a, ba, ba]],
    ['aabb', [a, ab, b]],
  ];
  for (const [word, merged] of rows) expect(tokenizer.encode(word).ids, word).toEqual(merged);
});

/** The rule of the paper, word for word: look for the best pair everywhere, join all of its kind, begin again. */
function slowly(word: string[], merges: readonly (readonly [string, string])[]): string[] {
  for (;;) {
    const best = merges.find(([left, right]) => word.some((token, i) => token === left && word[i + 1] === right));
    if (!best) return word;
    const joined: string[] = [];
    for (let i = 0; i < word.length; i++) {
      const join = word[i] === best[0] && word[i + 1] === best[1];
      joined.push(join ? best[0] + best[1] : word[i]!);
      if (join) i++;
    }
    word = joined;
  }
}

test('any merges of any word: as by the plain rule', async () => {
  // Each merge makes a new token of tokens that are there before it, as training does.
  const chosen = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 12 });
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 }), {
    minLength: 5,
    maxLength: 5,
  });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(chosen, texts, async (picks, words) => {
      const tokens = ['a', 'b', 'c'];
      const merges: [string, string][] = [];
      for (const [x, y] of picks) {
        const pair: [string, string] = [tokens[x % tokens.length]!, tokens[y % tokens.length]!];
        if (tokens.includes(pair.join(''))) continue;
        merges.push(pair);
        tokens.push(pair.join(''));
      }
      const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
      const json = { model: { type: 'BPE', vocab, merges } };
      const tokenizer = await openTokenizer(await folder(`any ${count++}`, { 'tokenizer.json': json }));
      for (const word of words) {
        expect(tokenizer.encode(word).ids.map((id) => tokens[id])).toEqual(slowly([...word], merges));
      }
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['a letter of Unicode 16', '\u1c89', true],
  ['a wide one', '\u{105c0}', true],
  ['a letter of Unicode 17', '\u088f', false],
  ['an older one', '\u05d0', true],
])('splitting does not depend on the Unicode of Node: %s', async (_what, letter, known) => {
  const pre_tokenizer = { type: 'Split', pattern: { Regex: '\\p{L}+' }, behavior: 'Isolated', invert: false };
  const model = { type: 'WordLevel', unk_token: '?', vocab: { '?': 0, [`a${letter}`]: 1, a: 2, [letter]: 3 } };
  const at = await folder(`letter ${letter.codePointAt(0)}`, { 'tokenizer.json': { pre_tokenizer, model } });
  expect((await openTokenizer(at)).encode(`a${letter}`).ids).toEqual(known ? [1] : [2, 3]);
});

describe('refused', async () => {
  const tiny = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };
  const file = (change: Files, model: Files = {}) => ({
    'tokenizer.json': { ...change, model: { ...tiny, ...model } },
  });
  const config = (model_type: string) => ({ 'config.json': { model_type } });
  const rows: [what: string, files: Files, message: string][] = [
    ['a normalizer', file({ normalizer: { type: 'X' } }), 'FOLDER/tokenizer.json: '],
    ['a pre-tokenizer', file({ pre_tokenizer: { type: 'X' } }), 'FOLDER/tokenizer.json: '],
    ['a decoder', file({ decoder: { type: 'X' } }), 'FOLDER/tokenizer.json: '],
    ['a post-processor', file({ post_processor: { type: 'X' } }), 'FOLDER/tokenizer.json: '],
    ['no merges', file({}, { merges: null }), 'FOLDER/tokenizer.json: '],
    ['no vocabulary', file({}, { vocab: 1 }), 'FOLDER/tokenizer.json: model.vocab: Invalid input'],
    [
      'a list for a vocabulary',
      file({}, { vocab: ['a'] }),
      'FOLDER/tokenizer.json: model.vocab: entry 0 is no piece with a score',
    ],
    ['an id below 0', file({}, { vocab: { a: -1 } }), 'FOLDER/tokenizer.json: model.vocab: the id of "a" is no id'],
    ['a huge id', file({}, { vocab: { a: 1e9 } }), 'FOLDER/tokenizer.json: model.vocab: the id of "a" is no id'],
    ['half a merge', file({}, { merges: ['a b', 'a'] }), 'FOLDER/tokenizer.json: Merges text file invalid at line 2'],
    ['a merge of strangers', file({}, { merges: [['a', 'c']] }), 'FOLDER/tokenizer.json: Token `c` out of vocabulary'],
    ['a merge to a stranger', file({}, { merges: ['b a'] }), 'FOLDER/tokenizer.json: Token `ba` out of vocabulary'],
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
      'an expression',
      file({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false } }),
      'FOLDER/tokenizer.json: Oniguruma error: end pattern with unmatched parenthesis',
    ],
    [
      'vocab.json alone',
      { 'vocab.json': {}, ...config('gpt2') },
      'FOLDER has no tokenizer.json, and no vocab.json with merges.txt, of which a GPT2Tokenizer could be made',
    ],
    ['nothing', config('mistral'), 'FOLDER has no tokenizer.json, and no tokenizer.model'],
    [
      'vocab.json, no object',
      { 'vocab.json': [], 'merges.txt': '', ...config('gpt2') },
      'FOLDER/vocab.json: Invalid input: expected record',
    ],
    [
      'merges.txt, a line',
      { 'vocab.json': tiny.vocab, 'merges.txt': '#version: 0.2\na b\na\n', ...config('gpt2') },
      'FOLDER/merges.txt: line 3 is not two tokens',
    ],
    [
      'merges.txt, strangers',
      { 'vocab.json': tiny.vocab, 'merges.txt': 'a c\n', ...config('gpt2') },
      'FOLDER/merges.txt: the vocabulary has no token "c", which line 1 names',
    ],
    [
      'a class that is not known',
      { 'tokenizer.json': {}, 'tokenizer_config.json': { tokenizer_class: 'BertJapaneseTokenizer' } },
      'FOLDER/tokenizer.json: model: Invalid input',
    ],
    [
      'a class that is not known, by name',
      { 'vocab.txt': 'a', 'tokenizer_config.json': { tokenizer_class: 'BertJapaneseTokenizer' } },
      'FOLDER/tokenizer_config.json: tokenizer_class "BertJapaneseTokenizer" is not supported; supported are BertTokenizer, ',
    ],
    [
      'split special tokens',
      { ...file({}), 'tokenizer_config.json': { split_special_tokens: true } },
      'FOLDER/tokenizer_config.json: split_special_tokens true is not supported',
    ],
    [
      'parts in parts',
      {
        'tokenizer.json': `{"normalizer": ${'{"type": "Sequence", "normalizers": ['.repeat(5000)}${']}'.repeat(5000)}, "model": {"vocab": {}}}`,
      },
      'FOLDER/tokenizer.json is nested more than 100 deep',
    ],
    [
      'what ends the library: a prefix',
      file({}, { continuing_subword_prefix: '######' }),
      'FOLDER/tokenizer.json: the tokenizers library gave up on it: range end index',
    ],
    [
      'what ends the library: a table of characters',
      file({ normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }),
      'FOLDER/tokenizer.json: the tokenizers library gave up on it: Precompiled',
    ],
    [
      'tokenizer.model, no model',
      { 'tokenizer.model': 'xxxx', ...config('mistral') },
      'FOLDER/tokenizer.model is no SentencePiece model: ',
    ],
    [
      'tokenizer.model, empty',
      { 'tokenizer.model': '', ...config('mistral') },
      'FOLDER/tokenizer.model is no SentencePiece model: it has no pieces',
    ],
  ];
  test.each(rows)('%s', async (what, files, message) => {
    const at = await folder(`refused ${what}`, files);
    const found = (await refusal(openTokenizer(at))).replaceAll(at, 'FOLDER');
    expect(found.slice(0, `E_TOKENIZER ${message}`.length)).toBe(`E_TOKENIZER ${message}`);
  });
});

test('a text that ends the library is refused, and the next one is read', async () => {
  const decoder = { type: 'Strip', content: 'a', start: 1, stop: 1 };
  const model = { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] };
  const at = await folder('strip', { 'tokenizer.json': { decoder, model } });
  const [bad, other] = [await openTokenizer(at), await openTokenizer(at)];
  expect(await refusal(() => bad.decode([0]))).toMatch(/^E_TOKENIZER .*: the tokenizers library gave up: slice index/);
  expect(bad.decode([1])).toBe('b');
  expect(other.decode([1])).toBe('b');
});

test('any number of tokenizers may be open', async () => {
  const at = async (id: number) =>
    folder(`many ${id}`, { 'tokenizer.json': { model: { type: 'BPE', vocab: { a: id }, merges: [] } } });
  const all = await Promise.all(Array.from({ length: 20 }, async (_, id) => openTokenizer(await at(id))));
  for (const round of [1, 2])
    for (const [id, { encode }] of all.entries()) expect(encode('a').ids, `${round}`).toEqual([id]);
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

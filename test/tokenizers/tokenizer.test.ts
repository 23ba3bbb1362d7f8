import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { openTokenizer, planOf } from '../../src/tokenizers/open.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

const VOCABULARY =
  `[PAD] [UNK] [CLS] [SEP] [MASK] the film was un ##want ##ed cafe café good Good G ##ood istanbul ο ##δ ##ο ##σ ##ς
  中 文 𠀀 ##𠀀 a ##a b ##b . , ! [ ] se ##p - — ##⹃ ⹃ 한 ##ᄒ ss ß fi ﬁ 1 ##2 2 x ##x 👍 \u0301 ##\u0301`.split(/\s+/);

async function folder(name: string, files: Record<string, unknown>): Promise<string> {
  await mkdir(path(name), { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await writeFile(path(name, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path(name);
}

const vocab = (tokens = VOCABULARY) => `${tokens.join('\n')}\n`;
const x = (count: number) => ['x', ...Array(count - 1).fill('##x')].join(' ');

/** Made with transformers 5.18 (BertTokenizerFast), for do_lower_case true and false. */
const GOLDEN: [text: string, pair: string | undefined, lower: string, cased: string, types: string][] = [
  ['The film was GOOD.', undefined, 'the film was good .', '[UNK] film was [UNK] .', ''],
  ['unwanted, café!', undefined, 'un ##want ##ed , cafe !', 'un ##want ##ed , café !', ''],
  ['cafe\u0301', undefined, 'cafe', 'cafe ##\u0301', ''],
  ['Good film', 'was a', 'good film [SEP] was a', 'Good film [SEP] was a', '0000111'],
  ['', undefined, '', '', ''],
  ['ΟΔΟΣ οδος', undefined, 'ο ##δ ##ο ##σ ο ##δ ##ο ##ς', '[UNK] ο ##δ ##ο ##ς', ''],
  ['İstanbul', undefined, 'istanbul', '[UNK]', ''],
  ['a中文b𠀀a', undefined, 'a 中 文 b 𠀀 a', 'a 中 文 b 𠀀 a', ''],
  ['a [SEP] [MASK]b [sep]', undefined, 'a [SEP] [MASK] b [ se ##p ]', 'a [SEP] [MASK] b [ se ##p ]', ''],
  [
    'a\u200bb a\0b a\ufffdb a\u00a0b\u3000b\t\r\nb',
    undefined,
    'a ##b a ##b a ##b a b b b',
    'a ##b a ##b a ##b a b b b',
    '',
  ],
  ['x'.repeat(100), undefined, x(100), x(100), ''],
  ['x'.repeat(101), undefined, '[UNK]', '[UNK]', ''],
  ['ﬁ ß 👍 12', undefined, 'ﬁ ß 👍 1 ##2', 'ﬁ ß 👍 1 ##2', ''],
  ['a⹃b', undefined, 'a ##⹃ ##b', 'a ##⹃ ##b', ''],
  ['a\u08d9b a\u{11438}b', undefined, '[UNK] [UNK]', '[UNK] [UNK]', ''],
  ['—a-b.b', undefined, '— a - b . b', '— a - b . b', ''],
  ['한', undefined, '[UNK]', '한', ''],
  ['a', '[UNK] b', 'a [SEP] [UNK] b', 'a [SEP] [UNK] b', '000111'],
  ['  ', ' ', '[SEP]', '[SEP]', '001'],
  ['a', '', 'a', 'a', ''],
];

test.each([
  ['vocab.txt', true],
  ['vocab.txt', false],
  ['tokenizer.json', true],
  ['tokenizer.json', false],
])('texts as transformers takes them apart, %s, lower case %s', async (source, lowercase) => {
  const config = { tokenizer_class: 'BertTokenizer', do_lower_case: lowercase, pad_token: { content: '[PAD]' } };
  const at = await folder(`${source}-${lowercase}`, { 'vocab.txt': vocab(), 'tokenizer_config.json': config });
  if (source === 'tokenizer.json') {
    // settings of tokenizer_config.json win
    const { json } = await planOf(at);
    const normalizer = { ...json.normalizer, lowercase: !lowercase };
    await writeFile(`${at}/tokenizer.json`, JSON.stringify({ ...json, normalizer }));
  }
  const tokenizer = await openTokenizer(at);
  expect(tokenizer.vocabularySize).toBe(VOCABULARY.length);
  expect(tokenizer.padId).toBe(0);
  for (const [text, pair, lower, cased, types] of GOLDEN) {
    const tokens = ['[CLS]', ...(lowercase ? lower : cased).split(' ').filter(Boolean), '[SEP]'];
    const encoded = tokenizer.encode(text, pair);
    expect(
      encoded.ids.map((id) => VOCABULARY[id]),
      text,
    ).toEqual(tokens);
    expect(encoded.types.join(''), text).toBe(types || '0'.repeat(tokens.length));
  }
});

test('every golden case of the bundled model (scripts/golden/tokenizer.py)', async () => {
  const golden = JSON.parse(await readFile(new URL('../golden/tokenize.json', import.meta.url), 'utf8'));
  const model = join(projectRoot(), 'models', golden.model);
  await folder('bundled', { 'vocab.txt': await readFile(join(model, 'vocab.txt'), 'utf8') });
  for (const tokenizer of [await openTokenizer(model), await openTokenizer(path('bundled'))]) {
    for (const { text, pair, input_ids, token_type_ids } of golden.cases) {
      const { ids, types } = tokenizer.encode(text, pair);
      expect(ids, text).toEqual(input_ids);
      expect(types, text).toEqual(token_type_ids ?? ids.map(() => 0));
    }
  }
});

test('tokens back to text', async () => {
  const tokenizer = await openTokenizer(await folder('decode', { 'vocab.txt': vocab() }));
  expect(tokenizer.decode(tokenizer.encode('The film was unwanted!').ids)).toBe('the film was unwanted!');
  expect(tokenizer.decode([])).toBe('');
});

test('vocab.txt with CRLF and without a last newline', async () => {
  const tokenizer = await openTokenizer(await folder('crlf', { 'vocab.txt': VOCABULARY.join('\r\n') }));
  expect(tokenizer.vocabularySize).toBe(VOCABULARY.length);
  expect(tokenizer.encode('a b').ids.map((id) => VOCABULARY[id])).toEqual(['[CLS]', 'a', 'b', '[SEP]']);
});

test('names of special tokens come from tokenizer_config.json', async () => {
  const tokens = ['<pad>', '<unk>', '<s>', '</s>', 'a'];
  const config = { unk_token: '<unk>', cls_token: '<s>', sep_token: { content: '</s>' }, pad_token: '<pad>' };
  const tokenizer = await openTokenizer(
    await folder('names', { 'vocab.txt': vocab(tokens), 'tokenizer_config.json': config }),
  );
  expect(tokenizer.encode('a b').ids).toEqual([2, 4, 1, 3]);
  expect(tokenizer.padId).toBe(0);
});

const good = {
  added_tokens: [],
  normalizer: { type: 'BertNormalizer' },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab: { '[UNK]': 0, a: 1 } },
};

const REFUSED: [what: string, files: Record<string, unknown>, message: string][] = [
  ['nothing', {}, 'FOLDER has no tokenizer.json, and no tokenizer.model'],
  ['empty vocabulary', { 'vocab.txt': '' }, 'FOLDER/vocab.txt is empty'],
  ['no JSON', { 'tokenizer.json': '{' }, 'FOLDER/tokenizer.json is not JSON: '],
  [
    'config no JSON',
    { 'tokenizer_config.json': 'x', 'vocab.txt': vocab() },
    'FOLDER/tokenizer_config.json is not JSON: ',
  ],
  [
    'config type',
    { 'tokenizer_config.json': { do_lower_case: 'yes' } },
    'FOLDER/tokenizer_config.json: do_lower_case: ',
  ],
  [
    'config, no object',
    { 'tokenizer_config.json': [], 'vocab.txt': vocab() },
    'FOLDER/tokenizer_config.json is no JSON object',
  ],
  ['no object', { 'tokenizer.json': '[]' }, 'FOLDER/tokenizer.json: Invalid input: expected object'],
  ['no model', { 'tokenizer.json': {} }, 'FOLDER/tokenizer.json: model: Invalid input'],
  ['no vocabulary', { 'tokenizer.json': { ...good, model: {} } }, 'FOLDER/tokenizer.json: model.vocab: Invalid input'],
  [
    'negative id',
    { 'tokenizer.json': { ...good, model: { ...good.model, vocab: { a: -1 } } } },
    'FOLDER/tokenizer.json: model.vocab: the id of "a" is no id',
  ],
  [
    'huge id',
    { 'tokenizer.json': { ...good, added_tokens: [{ id: 1e12, content: 'a' }] } },
    'FOLDER/tokenizer.json: added_tokens.0.id: Too big',
  ],
  ['unknown normalizer', { 'tokenizer.json': { ...good, normalizer: { type: 'X' } } }, 'FOLDER/tokenizer.json: '],
  ['unknown model', { 'tokenizer.json': { ...good, model: { type: 'X', vocab: {} } } }, 'FOLDER/tokenizer.json: '],
  [
    'empty template',
    { 'tokenizer.json': { ...good, post_processor: { type: 'TemplateProcessing' } } },
    'FOLDER/tokenizer.json: ',
  ],
  [
    'no token to go around a text',
    { 'vocab.txt': vocab(), 'tokenizer_config.json': { cls_token: null } },
    'FOLDER/vocab.txt: there is no cls_token, which goes around a text',
  ],
];

test.each(REFUSED)('refused: %s', async (what, files, message) => {
  const at = await folder(`refused ${what}`, files);
  const found = (await refusal(openTokenizer(at))).replaceAll(at, 'FOLDER');
  expect(found.slice(0, `E_TOKENIZER ${message}`.length)).toBe(`E_TOKENIZER ${message}`);
});

test('vocab.txt that is not UTF-8', async () => {
  const at = await folder('latin', {});
  await writeFile(`${at}/vocab.txt`, Uint8Array.of(0x63, 0xe9, 10));
  expect(await refusal(openTokenizer(at))).toBe(`E_TOKENIZER ${at}/vocab.txt is not UTF-8 text`);
});

/** Where JavaScript, or a later Unicode, differs from the tables of the tokenizers library. */
const CHARACTERS: [what: string, text: string, normalised: string][] = [
  ['ideograph beyond 16 bits', 'a\u{2a6d6}b', 'a \u{2a6d6} b'],
  ['ideograph outside the ranges', 'a\u{30000}b', 'a\u{30000}b'],
  ['final sigma', 'ΑΣ', 'ας'.replace('ς', 'σ')],
  ['format character of Unicode 9', 'a\u08e2b', 'a\u08e2b'],
  ['older format character', 'a\u200db', 'ab'],
  ['mark of Unicode 9', 'a\u08d4b', 'a\u08d4b'],
  ['older mark', 'a\u0483b', 'ab'],
  ['former mark', 'a\u1734b', 'ab'],
  ['decomposed by Unicode 16', 'a\u{11383}b', 'a\u{11383}b'],
  ['private use', 'a\ue000b', 'ab'],
  ['half a character', 'a\ud800b', 'ab'],
];

/** A text as BERT takes it apart, when every word that it should find is in the vocabulary. */
async function words(name: string, text: string, expected: readonly string[], config: object = {}): Promise<string[]> {
  const tokens = [...VOCABULARY.slice(0, 5), ...new Set(expected)];
  const settings = { tokenizer_class: 'BertTokenizer', ...config };
  const at = await folder(name, { 'vocab.txt': vocab(tokens), 'tokenizer_config.json': settings });
  return (await openTokenizer(at))
    .encode(text)
    .ids.slice(1, -1)
    .map((id) => tokens[id]!);
}

test.each(CHARACTERS)('%s', async (what, text, normalised) => {
  const expected = normalised.split(' ');
  expect(await words(`character ${what}`, text, expected)).toEqual(expected);
});

test.each<[config: object, text: string, expected: string[]]>([
  [{ do_lower_case: false }, 'É\u0000 中', ['É', '中']],
  [{ do_lower_case: false, strip_accents: true }, 'É', ['E']],
  [{ strip_accents: false }, 'É', ['é']],
  [{ tokenize_chinese_chars: false }, 'a中', ['a中']],
])('settings of the normaliser: %j', async (config, text, expected) => {
  expect(await words(`settings ${JSON.stringify(config)}`, text, expected, config)).toEqual(expected);
});

test('words and punctuation', async () => {
  const expected = ['it', "'", 's', '$', '5', '(', 'a', '+', 'b', ')', '\u2e3b', 'c\u2e43d', '\u166d', 'e'];
  expect(await words('punctuation', "it's $5 (a+b)\u2e3bc\u2e43d\u166de  ", expected)).toEqual(expected);
});

test('vocab.txt: of a token that is there twice the later line counts; a line may be empty', async () => {
  const at = await folder('twice', { 'vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n\na\n' });
  expect((await openTokenizer(at)).encode('a').ids).toEqual([2, 7, 3]);
});

/**
 * Compares tokenizers with transformers, folder by folder: ids, types and decoded texts of random and of real texts.
 *
 *   node scripts/real/compare-tokenizers.mjs --python PYTHON [--texts 1000] [--seed 1] [--data FILE]... FOLDER...
 *
 * PYTHON has the packages of requirements.txt, sentencepiece and protobuf. FOLDER is a checkpoint, or a folder of such. --data names files
 * of text whose lines are real texts. The project must be built. Ends with 1 if anything differs.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTokenizer } from '../../dist/tokenizers/open.js';
import { randomTexts, realTexts } from './texts.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    texts: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string', multiple: true, default: [] },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const count = Number(options.texts);
const NAMES = /^(tokenizer\.json|tokenizer\.model|.*\.bpe\.model|vocab\.(txt|json))$/;

const folders = positionals.flatMap((folder) => (isTokenizer(folder) ? [folder] : within(folder)));
const scratch = mkdtempSync(join(tmpdir(), 'puma-texts-'));
const reference = spawn(options.python, [join(here, 'compare_tokenizers.py')], {
  env: { ...process.env, HF_HUB_OFFLINE: '1' },
  stdio: ['pipe', 'pipe', 'ignore'],
});
const lines = createInterface({ input: reference.stdout })[Symbol.asyncIterator]();

const total = { folders: 0, texts: 0, differences: 0, refused: 0, bothRefuse: 0, readHereAlone: 0 };
try {
  for (const [i, folder] of folders.entries()) {
    const said = await compare(folder, i);
    console.log(`${String(i + 1).padStart(String(folders.length).length)}/${folders.length} ${said}`);
  }
} finally {
  reference.stdin.end();
  rmSync(scratch, { recursive: true });
}
const { folders: done, texts, differences, refused, bothRefuse } = total;
console.log(
  `${done} folders, ${texts} texts, ${differences} differences; ${refused} refused here alone, ${bothRefuse} by both`,
);
process.exitCode = differences + refused > 0 ? 1 : 0;

async function compare(folder, i) {
  const texts = [
    ...realTexts(options.data, count / 2, i),
    ...randomTexts(count, Number(options.seed) + i, tokensOf(folder)),
  ].slice(0, count);
  const file = join(scratch, 'texts.json');
  writeFileSync(file, JSON.stringify(texts));
  reference.stdin.write(`${JSON.stringify({ folder, texts: file })}\n`);
  const expected = JSON.parse((await lines.next()).value);
  const name = `${basename(dirname(folder))}/${basename(folder)}`;
  const { tokenizer, error } = await openTokenizer(folder).then(
    (tokenizer) => ({ tokenizer }),
    (error) => ({ error }),
  );
  if (error || expected.error) {
    if (error && expected.error) total.bothRefuse++;
    else if (error) total.refused++;
    else total.readHereAlone++;
    return `${name}: ${error ? `refused: ${error.message.slice(0, 300)}` : 'read here'}; transformers: ${expected.error ?? 'read'}`;
  }
  let different = 0;
  let first = '';
  for (const [k, item] of texts.entries()) {
    const [text, pair] = Array.isArray(item) ? item : [item];
    const [ids, types, decoded] = expected.values[k];
    const got = tokenizer.encode(text, pair);
    const back = tokenizer.decode(ids);
    const same = `${got.ids}` === `${ids}` && `${got.types}` === `${types ?? ids.map(() => 0)}` && back === decoded;
    if (same) continue;
    if (different++ === 0)
      first = `\n    ${JSON.stringify(item).slice(0, 200)}\n    ${JSON.stringify([ids, types, decoded]).slice(0, 400)}\n    ${JSON.stringify([got.ids, got.types, back]).slice(0, 400)}`;
  }
  total.folders++;
  total.texts += texts.length;
  total.differences += different;
  return `${name}: ${texts.length} texts, ${different} differences${first}`;
}

/** Special and added tokens that its files name: random texts have them too. */
function tokensOf(folder) {
  const found = new Set();
  const look = (value, key) => {
    if (typeof value === 'string' && (key === 'content' || /_token$/.test(key) || /special_tokens$/.test(key)))
      found.add(value);
    if (Array.isArray(value)) for (const item of value.slice(0, 300)) look(item, key);
    else if (value && typeof value === 'object')
      for (const [name, item] of Object.entries(value)) if (name !== 'vocab' && name !== 'merges') look(item, name);
  };
  for (const file of ['tokenizer_config.json', 'special_tokens_map.json', 'tokenizer.json']) {
    if (existsSync(join(folder, file))) look(JSON.parse(readFileSync(join(folder, file), 'utf8')), '');
  }
  if (existsSync(join(folder, 'added_tokens.json')))
    for (const token of Object.keys(JSON.parse(readFileSync(join(folder, 'added_tokens.json'), 'utf8'))))
      found.add(token);
  return [...found].filter((token) => token.length < 60);
}

function isTokenizer(folder) {
  return readdirSync(folder).some((file) => NAMES.test(file));
}

function within(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map((item) => join(folder, item.name))
    .filter(isTokenizer);
}

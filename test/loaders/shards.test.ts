import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { refusal, safetensorsFile, scratch } from '../shares/helpers.ts';

const path = scratch();
const INDEX = 'model.safetensors.index.json';
const [ONE, TWO] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;

/** A file of F32 tensors of two numbers each. */
function shard(...names: string[]): Uint8Array {
  const entry = (i: number) => ({ dtype: 'F32', shape: [2], data_offsets: [8 * i, 8 * i + 8] });
  const file = safetensorsFile(Object.fromEntries(names.map((name, i) => [name, entry(i)])), 8 * names.length);
  const numbers = Float32Array.from(names.flatMap((name) => [name.charCodeAt(0), name.length]));
  file.set(new Uint8Array(numbers.buffer), file.length - numbers.byteLength);
  return file;
}

async function folder(name: string, files: Record<string, unknown>): Promise<string> {
  await mkdir(path(name), { recursive: true });
  for (const [file, content] of Object.entries({ 'config.json': { model_type: 'gpt2' }, ...files })) {
    const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
    await writeFile(join(path(name), file), bytes);
  }
  return path(name);
}

const index = (weight_map: unknown) => ({ metadata: { total_size: 24 }, weight_map });
const GOOD = { [INDEX]: index({ a: ONE, bb: ONE, c: TWO }), [ONE]: shard('a', 'bb'), [TWO]: shard('c') };

/** Files of ours that are open. */
async function openHere(at: string): Promise<number> {
  const { readlink } = await import('node:fs/promises');
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(at)).length;
}

describe('a checkpoint in shards', () => {
  test('reads as one', async () => {
    const checkpoint = await openCheckpoint(await folder('good', GOOD));
    expect([...checkpoint.names]).toEqual(['a', 'bb', 'c']);
    expect(await checkpoint.read('bb', [2])).toEqual({ shape: [2], data: Float32Array.of(98, 2) });
    expect(await checkpoint.read('c', [2])).toEqual({ shape: [2], data: Float32Array.of(99, 1) });
    expect(await refusal(checkpoint.read('c', [1, 2]))).toBe('E_SHAPE c is [2]; gpt2 expects [1, 2]');
    expect(await refusal(checkpoint.read('d', [2]))).toBe(`E_TENSOR ${path('good')}/${INDEX} has no tensor "d"`);
    await checkpoint.close();
  });

  test('the single file wins', async () => {
    const checkpoint = await openCheckpoint(await folder('both', { ...GOOD, 'model.safetensors': shard('single') }));
    expect([...checkpoint.names]).toEqual(['single']);
    await checkpoint.close();
  });

  test('tensors that the index does not name are there all the same', async () => {
    const checkpoint = await openCheckpoint(await folder('more', { ...GOOD, [TWO]: shard('c', 'hidden') }));
    expect([...checkpoint.names]).toEqual(['a', 'bb', 'c', 'hidden']);
    await checkpoint.close();
  });

  const STALE: [what: string, files: Record<string, unknown>, names: string[]][] = [
    ['a tensor in the other shard', { ...GOOD, [INDEX]: index({ a: ONE, bb: TWO, c: TWO }) }, ['a', 'bb', 'c']],
    ['a tensor in no shard', { ...GOOD, [INDEX]: index({ a: ONE, c: TWO, d: TWO }) }, ['a', 'bb', 'c']],
    ['a missing shard', { [INDEX]: GOOD[INDEX], [ONE]: GOOD[ONE] }, ['a', 'bb', 'c']],
    ['a tensor in two shards', { ...GOOD, [TWO]: shard('c', 'a') }, ['a', 'bb', 'c']],
  ];

  test.each(STALE)('an index that is wrong about what nobody wants: %s', async (what, files, names) => {
    const checkpoint = await openCheckpoint(await folder(`stale ${what}`, files));
    expect([...checkpoint.names]).toEqual(names);
    expect(await checkpoint.read('bb', [2])).toEqual({ shape: [2], data: Float32Array.of(98, 2) });
    await checkpoint.close();
  });

  const WANTED: [what: string, name: string, message: string][] = [
    ['a missing shard', 'c', `E_CHECKPOINT FOLDER/${TWO} does not exist; FOLDER/${INDEX} has tensor "c" in it`],
    ['a tensor in two shards', 'a', `E_CHECKPOINT tensor "a" is both in ${ONE} and in ${TWO}`],
    ['a tensor in no shard', 'd', `E_CHECKPOINT FOLDER/${TWO} does not have tensor "d", which FOLDER/${INDEX} says`],
  ];

  test.each(WANTED)('refused where it is wanted: %s', async (what, name, message) => {
    const at = path(`stale ${what}`);
    const checkpoint = await openCheckpoint(at);
    expect((await refusal(checkpoint.read(name, [2]))).replaceAll(at, 'FOLDER')).toBe(message);
    await checkpoint.close();
  });

  test.skipIf(process.platform !== 'linux')('leaves no file open, whatever happens', async () => {
    const checkpoint = await openCheckpoint(await folder('open', GOOD));
    expect(await openHere(path('open'))).toBe(2);
    await checkpoint.close();
    expect(await openHere(path('open'))).toBe(0);
    await folder('open', { [TWO]: shard('c').subarray(0, -1) });
    await refusal(openCheckpoint(path('open')));
    expect(await openHere(path('open'))).toBe(0);
  });
});

const REFUSED: [what: string, files: Record<string, unknown>, message: string][] = [
  ['no JSON', { [INDEX]: 'x' }, `FOLDER/${INDEX} is not JSON: Unexpected token 'x', "x" is not valid JSON`],
  ['no object', { [INDEX]: [] }, `FOLDER/${INDEX} has no "weight_map"`],
  ['no map', { [INDEX]: {} }, `FOLDER/${INDEX} has no "weight_map"`],
  ['a list for a map', { [INDEX]: index([]) }, `FOLDER/${INDEX} has no "weight_map"`],
  ['an empty map', { [INDEX]: index({}) }, `FOLDER/${INDEX} names no tensors`],
  [
    'a number for a file',
    { [INDEX]: index({ a: 1 }) },
    `FOLDER/${INDEX}: the file of tensor "a" is not named by a string`,
  ],
  ...[
    '../x.safetensors',
    '/x.safetensors',
    'a/x.safetensors',
    '..',
    '',
    'model.bin',
    '.x.safetensors',
    'a\\x.safetensors',
  ].map((file): [string, Record<string, unknown>, string] => [
    `the file ${file}`,
    { [INDEX]: index({ a: file }) },
    `FOLDER/${INDEX}: tensor "a" is said to be in ${JSON.stringify(file)}, which is no name of a shard`,
  ]),
];

test.each(REFUSED)('refused: %s', async (what, files, message) => {
  const at = await folder(`refused ${what.replaceAll('/', '_')}`, files);
  expect((await refusal(openCheckpoint(at))).replaceAll(at, 'FOLDER')).toBe(`E_CHECKPOINT ${message}`);
});

test('refused: a shard that is cut short', async () => {
  const at = await folder('cut', { ...GOOD, [TWO]: shard('c').subarray(0, -1) });
  expect(await refusal(openCheckpoint(at))).toContain(`E_SAFETENSORS ${at}/${TWO}: tensor "c" ends at byte 8`);
});

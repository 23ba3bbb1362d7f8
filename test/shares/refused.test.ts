import { chmod, copyFile, cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { openShares, writeShares } from '../../src/shares/index.ts';
import type { Role } from '../../src/transport/address.ts';
import { flip, refusal, SMALL, scratch, shareOptions } from './helpers.ts';

const path = scratch();
let copies = 0;

beforeAll(async () => {
  await writeShares(shareOptions(SMALL, path('good')));
  await writeShares(shareOptions(SMALL, path('stale')));
});

/** A copy of a good party folder, changed. */
async function changed(role: Role, change: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = path(`copy${copies++}`);
  await cp(path('good', `party${role}`), folder, { recursive: true });
  await change(folder);
  return folder;
}

/** Opens the folder and reads every tensor. */
async function readAll(folder: string, role: Role): Promise<void> {
  if (role === 0) return void (await openShares(folder, 0));
  const shares = await openShares(folder, role);
  try {
    for (const { name } of SMALL) await shares.tensor(name);
  } finally {
    await shares.close();
  }
}

const edit = (file: string, from: string | RegExp, to: string) => async (folder: string) =>
  writeFile(join(folder, file), (await readFile(join(folder, file), 'utf8')).replace(from, to));

type Case = [what: string, role: Role, change: (folder: string) => Promise<unknown>, message: string];

const missing = (role: Role, file: string): Case => [
  `party ${role} without ${file}`,
  role,
  (folder) => rm(join(folder, file)),
  `E_SHARES FOLDER/${file} is missing`,
];

const CASES: Case[] = [
  missing(0, 'manifest.json'),
  missing(0, 'mask1.key'),
  missing(0, 'mask2.key'),
  missing(1, 'manifest.json'),
  missing(1, 'mask1.key'),
  missing(1, 'masked.safetensors'),
  missing(2, 'mask2.key'),
  [
    'an evaluator with both keys',
    1,
    (folder) => copyFile(path('good', 'party0', 'mask2.key'), join(folder, 'mask2.key')),
    'E_SHARES FOLDER/mask2.key must not be here: with it, party 1 could read the weights',
  ],
  [
    'a dealer with the weights',
    0,
    (folder) => copyFile(path('good', 'party1', 'masked.safetensors'), join(folder, 'masked.safetensors')),
    'E_SHARES FOLDER/masked.safetensors must not be here: with it, party 0 could read the weights',
  ],
  [
    'a key that others may read',
    1,
    (folder) => chmod(join(folder, 'mask1.key'), 0o640),
    'E_KEY FOLDER/mask1.key can be used by other users (mode 0640)',
  ],
  [
    'a short key',
    0,
    (folder) => truncate(join(folder, 'mask2.key'), 15),
    'E_KEY FOLDER/mask2.key has 15 bytes; a key has 16',
  ],
  [
    'an altered key',
    2,
    (folder) => flip(join(folder, 'mask2.key'), 0),
    'E_KEY FOLDER/mask2.key: mask2.key does not belong to these shares (stale or swapped)',
  ],
  [
    'a stale key',
    1,
    (folder) => copyFile(path('stale', 'party1', 'mask1.key'), join(folder, 'mask1.key')),
    'E_KEY FOLDER/mask1.key: mask1.key does not belong to these shares (stale or swapped)',
  ],
  [
    'swapped keys',
    0,
    async (folder) => {
      await rename(join(folder, 'mask1.key'), join(folder, 'x'));
      await rename(join(folder, 'mask2.key'), join(folder, 'mask1.key'));
      await rename(join(folder, 'x'), join(folder, 'mask2.key'));
    },
    'E_KEY FOLDER/mask1.key: mask1.key does not belong to these shares (stale or swapped)',
  ],
  [
    'an altered weight',
    1,
    (folder) => flip(join(folder, 'masked.safetensors'), -1),
    'E_TAMPERED FOLDER/masked.safetensors: tensor "layer.bias" was altered: its SHA-256 is not the manifest\'s',
  ],
  [
    'an altered salt',
    2,
    edit('masked.safetensors', /"salt":"../, '"salt":"zz'),
    'E_TAMPERED FOLDER/masked.safetensors',
  ],
  [
    'stale weights',
    1,
    (folder) => copyFile(path('stale', 'party1', 'masked.safetensors'), join(folder, 'masked.safetensors')),
    'E_TAMPERED FOLDER/masked.safetensors: tensor "table" was altered: its SHA-256 is not the manifest\'s',
  ],
  [
    'cut weights',
    2,
    (folder) => truncate(join(folder, 'masked.safetensors'), 300),
    'E_TAMPERED FOLDER/masked.safetensors has 300 bytes; the manifest says',
  ],
  [
    'a header that lies',
    1,
    (folder) => flip(join(folder, 'masked.safetensors'), 0),
    'E_SAFETENSORS FOLDER/masked.safetensors',
  ],
  [
    'a manifest with another sum',
    1,
    edit('manifest.json', /"sums": \[\s*"./g, '"sums": ["x'),
    'E_MANIFEST FOLDER/manifest.json: tensors.0.sums.0: not a SHA-256 sum',
  ],
  [
    'a manifest without sums',
    1,
    edit('manifest.json', /"sums": [^\]]*\]/, '"sums": []'),
    'E_MANIFEST FOLDER/manifest.json: tensors.0.sums: 0 sums for 1 chunks',
  ],
  [
    'a manifest with another shape',
    1,
    edit('manifest.json', /11,/, '12,'),
    'E_TAMPERED FOLDER/masked.safetensors: tensor "table" is not there as the manifest says',
  ],
  [
    'a manifest with another name',
    2,
    edit('manifest.json', '"name": "table"', '"name": "stable"'),
    'E_TAMPERED FOLDER/masked.safetensors: tensor "stable" is not there as the manifest says',
  ],
  [
    'a manifest with a name twice',
    2,
    edit('manifest.json', '"layer.bias"', '"table"'),
    'E_MANIFEST FOLDER/manifest.json: tensors: a name occurs twice',
  ],
  [
    'a manifest of a later version',
    0,
    edit('manifest.json', 'puma-shares/2', 'puma-shares/3'),
    'E_MANIFEST FOLDER/manifest.json has the format "puma-shares/3"; this version reads puma-shares/2',
  ],
  [
    'a manifest that is no JSON',
    0,
    (folder) => truncate(join(folder, 'manifest.json'), 40),
    'E_MANIFEST FOLDER/manifest.json is not JSON: ',
  ],
  [
    'an empty manifest',
    0,
    (folder) => writeFile(join(folder, 'manifest.json'), '{}'),
    'E_MANIFEST FOLDER/manifest.json: format: ',
  ],
  [
    'a manifest with more in it',
    0,
    edit('manifest.json', '"format"', '"extra": 1, "format"'),
    'E_MANIFEST FOLDER/manifest.json: Unrecognized key: "extra"',
  ],
];

test.each(CASES)('refused: %s', async (_what, role, change, message) => {
  const folder = await changed(role, change);
  const found = (await refusal(readAll(folder, role))).replaceAll(folder, 'FOLDER');
  expect(found.slice(0, message.length)).toBe(message);
});

test('folders that are none', async () => {
  expect(await refusal(openShares(path('nowhere'), 1))).toBe(`E_SHARES ${path('nowhere')} is no folder of shares`);
  expect(await refusal(openShares(path('good', 'party1'), 2))).toBe(
    `E_SHARES ${path('good', 'party1', 'mask2.key')} is missing`,
  );
});

test('a tensor that the model wants and the shares do not have', async () => {
  const shares = await openShares(path('good'), 1);
  expect(await refusal(shares.tensor('x'))).toBe(
    `E_TENSOR ${path('good', 'party1', 'masked.safetensors')} has no tensor "x"`,
  );
  await shares.close();
});

test('no altered byte of any file goes unnoticed, but in the manifest, which parties compare', async () => {
  const files = ['mask1.key', 'masked.safetensors'];
  const folder = await changed(1, async () => {});
  const good = new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file))] as const)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (file, at, change) => {
        const bytes = Buffer.from(good.get(file)!);
        bytes[at % bytes.length]! ^= change;
        await writeFile(join(folder, file), bytes);
        const outcome = await readAll(folder, 1).catch((error: unknown) => error);
        await writeFile(join(folder, file), good.get(file)!);
        // What is left is padding and the metadata's format: nothing that is computed with.
        if (outcome === undefined) expect(file).toBe('masked.safetensors');
        else expect(outcome).toBeInstanceOf(PumaError);
      },
    ),
    { numRuns: 200 },
  );
});

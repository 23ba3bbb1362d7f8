/** Shares that do not fit: what a party finds reaches the person who asked, in the party's name. */
import { chmod, copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { sample } from '../cases.ts';
import { flip } from '../shares/helpers.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, call, puma } = world();

beforeAll(async () => {
  await writeCheckpoint(at('other'), { config: { ...SMALL, id2label: { 0: 'good', 1: 'bad' } } });
  await call('share-weights', '--model', 'model', '--out', 'one');
  await call('share-weights', '--model', 'model', '--out', 'two');
});

type Row = [what: string, spoil: () => Promise<unknown>, stderr: RegExp];

const at1 = (...parts: string[]) => at('shares', ...parts);

const some: Row[] = [
  [
    'no such folder',
    () => rm(at1(), { recursive: true }),
    /^puma: shares is no folder of shares \(E_SHARES\)\n {2}Make one: puma share-weights --model NAME --out shares$/,
  ],
  [
    'a party is missing',
    () => rm(at1('party2'), { recursive: true }),
    /^puma: shares\/party2 is no folder of shares \(E_SHARES\)\n {2}Name the folder that share-weights made.*$/,
  ],
  ['a tampered share', () => flip(at1('party2', 'masked.safetensors'), -1), /^puma: party 2: .*\(E_\w+\)\n {2}.*$/],
  [
    'a manifest that is none',
    () => writeFile(at1('party1', 'manifest.json'), '{}'),
    /^puma: shares\/party1\/manifest\.json: .* \(E_MANIFEST\)\n {2}.*$/,
  ],
];

/** Found by a party as those above; what each of them finds is tried in one process in test/shares/refused.test.ts. */
const more: Row[] = [
  [
    "a party's file is missing",
    () => rm(at1('party0', 'mask2.key')),
    /^puma: party 0: shares\/party0\/mask2\.key is missing \(E_SHARES\)\n {2}Copy all files of the party .*$/,
  ],
  [
    'a party of another run',
    async () => {
      await rm(at1('party2'), { recursive: true });
      await cp(at('two', 'party2'), at1('party2'), { recursive: true });
    },
    /^puma: party [012]: the manifests of party [01] and party 2 differ: they hold shares of different runs \(E_MANIFEST\)\n {2}.*$/,
  ],
  [
    'a party holds too much',
    () => copyFile(at1('party2', 'mask2.key'), at1('party1', 'mask2.key')),
    /^puma: party 1: shares\/party1\/mask2\.key must not be here: with it, party 1 could read the weights \(E_SHARES\)\n {2}.*$/,
  ],
  [
    'keys others can read',
    () => chmod(at1('party1', 'mask1.key'), 0o644),
    /^puma: party 1: shares\/party1\/mask1\.key can be used by other users \(mode 0644\) \(E_KEY\)\n {2}Run: chmod 600 .*$/,
  ],
  [
    'a key of another run',
    () => copyFile(at('two', 'party2', 'mask2.key'), at1('party2', 'mask2.key')),
    /^puma: party 2: shares\/party2\/mask2\.key: mask2\.key does not belong to these shares \(stale or swapped\) \(E_KEY\)\n {2}.*$/,
  ],
  [
    'a truncated share',
    async () => {
      const bytes = await readFile(at1('party1', 'masked.safetensors'));
      await writeFile(at1('party1', 'masked.safetensors'), bytes.subarray(0, -1));
    },
    /^puma: party 1: shares\/party1\/masked\.safetensors has \d+ bytes; the manifest says \d+ \(E_\w+\)\n {2}.*$/,
  ],
];

test.each(sample(some, [...some, ...more]))('%s', async (_what, spoil, stderr) => {
  await rm(at('shares'), { recursive: true, force: true });
  await cp(at('one'), at('shares'), { recursive: true });
  await spoil();
  const ended = await puma('infer', '--model', 'model', '--shares', 'shares', '--text', 'a b c');
  expect(ended.stderr).toMatch(stderr);
  expect(ended).toMatchObject({ stdout: '', exitCode: 2 });
});

test('another model', async () => {
  expect(await puma('infer', '--model', 'other', '--shares', 'one', '--text', 'a b c')).toEqual({
    stdout: '',
    stderr:
      'puma: one holds shares of model (BertForSequenceClassification), not of other (BertForSequenceClassification) (E_SHARES)\n' +
      '  Name the model that was shared, or share this one.',
    exitCode: 2,
  });
});

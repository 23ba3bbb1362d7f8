/** `puma calibrate` as a real process, and what the other commands make of its file. */
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, puma, run } = world();

beforeAll(async () => {
  const loud = randomWeights(SMALL);
  for (const part of ['weight', 'bias']) {
    const tensor = loud.get(`bert.encoder.layer.1.intermediate.dense.${part}`)!;
    tensor.data = tensor.data.map((x) => x * 1000);
  }
  await writeCheckpoint(at('loud'), { weights: loud });
  await writeFile(at('texts.txt'), 'a b c\nd e f g\n\nh i\n');
  await writeFile(at('texts.tsv'), 'words\tlabel\na b c\t1\nd e f g\t0\nh i\t1\n');
});

beforeEach(async () => {
  for (const file of ['model/calibration.json', 'loud/calibration.json', 'out.json', 'shares']) {
    await rm(at(file), { recursive: true, force: true });
  }
});

const calibration = async (path: string) => JSON.parse(await readFile(at(path), 'utf8'));
const manifest = async () => (await calibration('shares/party1/manifest.json')).calibration;

/** Figures depend on the weights' seed alone, but they are many: here only their places. */
const places = (text: string) => text.replace(/[\d.]+(e-\d+)?/g, '#').replace(/ {2,}/g, '  ');

test('what is told', async () => {
  const { stdout, stderr, exitCode } = await puma('calibrate', '--model', 'model', '--data', 'texts.txt');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('model on 3 texts, 15 tokens of texts.txt');
  expect(lines[2]).toMatch(/^tightest of 26 places +smallest +largest +holds +room$/);
  expect(lines.slice(3, 13).every((line) => /^\S.* {2}< \S+ +\d+\.\d bits$|\.\. \S+ +\d+\.\d bits$/.test(line))).toBe(
    true,
  );
  expect(places(lines.slice(14, -3).join('\n'))).toMatch(
    /^linear ring {2}room {2}tightest\n#,#,# {2}# bits {2}\S.*\n#,#,# {2}# bits {2}\S.*\n#,#,# {2}# bits {2}\S.*$/,
  );
  expect(lines.at(-2)).toMatch(/^Smallest with 1 bit of head room: --linear-ring \d\d,12,13$/);
  expect(lines.at(-1)).toBe('Written to model/calibration.json');
  expect(await calibration('model/calibration.json')).toMatchObject({
    format: 'puma-calibration/1',
    model: 'model',
    data: { file: 'texts.txt', texts: 3, tokens: 15, cut: 0 },
    linear: { bits: 52, input: 18, weight: 18 },
  });
});

test('as JSON; a column of a table has the same texts', async () => {
  await puma('calibrate', '--model', 'model', '--data', 'texts.txt');
  const want = await calibration('model/calibration.json');
  const { stdout } = await puma(
    ...[
      'calibrate',
      '--model',
      'model',
      '--data',
      'texts.tsv',
      '--text-column',
      'words',
      '--out',
      'out.json',
      '--json',
    ],
  );
  const got = await calibration('out.json');
  expect(got.sites).toEqual(want.sites);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ model: 'model', data: { file: 'texts.tsv', texts: 3, tokens: 15 }, headRoom: 1 });
  expect(report.sites.length).toBe(26);
  expect(report.rings[0]).toMatchObject({ linear: { bits: 52, input: 18, weight: 18 }, holds: true });
});

test('a random sample is the same every time', async () => {
  const sample = async (...more: string[]) => {
    const args = ['calibrate', '--model', 'model', '--data', 'texts.txt', '--limit', '1', ...more];
    expect((await puma(...args)).exitCode).toBe(0);
    return calibration('model/calibration.json');
  };
  const [first, one, again] = [await sample(), await sample('--seed', '5'), await sample('--seed', '5')];
  expect(first.data).toEqual({ file: 'texts.txt', texts: 1, tokens: 5, cut: 0 });
  expect(one.data).toMatchObject({ texts: 1, seed: 5 });
  expect(again.sites).toEqual(one.sites);
});

test('padded: padded scores are places too', async () => {
  await puma('calibrate', '--model', 'model', '--data', 'texts.txt', '--pad-to', '12');
  const { data, sites } = await calibration('model/calibration.json');
  expect(data).toMatchObject({ tokens: 15, padTo: 12 });
  expect(sites.map(({ site }: { site: string }) => site)).toContain(
    'layer.0.attention padded scores below the largest',
  );
  expect((await puma('share-weights', '--model', 'model', '--out', 'shares')).exitCode).toBe(0);
  expect(await manifest()).toBe('checked');
});

const INFER = ['infer', '--text', 'a b c'];

describe('within bounds', () => {
  test('the manifest says whether somebody looked', async () => {
    await puma('share-weights', '--model', 'model', '--out', 'shares');
    expect(await manifest()).toBe('absent');
    await puma('calibrate', '--model', 'model', '--data', 'texts.txt');
    await puma('share-weights', '--model', 'model', '--out', 'shares', '--force');
    expect(await manifest()).toBe('checked');
    expect((await puma(...INFER, '--model', 'model', '--shares', 'shares')).exitCode).toBe(0);
    expect(JSON.stringify(await calibration('shares/party1/manifest.json'))).not.toContain('spread of scores');
  });
});

describe('beyond a bound', () => {
  beforeEach(async () => {
    const { stdout, exitCode } = await puma('calibrate', '--model', 'loud', '--data', 'texts.txt');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[3]).toMatch(/^layer\.1\.\S.* BROKEN$/);
    expect(stdout).toMatch(
      /\n\n\d places? do(es)? not fit with linear ring 52,18,18: answers would be wrong, and nobody would notice\.\n\n/,
    );
    expect(stdout).toContain('\nNo linear ring has 1 bit of head room: what is tight are other rings.\n');
  });

  const refused = new RegExp(
    String.raw`^puma: \./loud/calibration\.json: layer\.1\.up activation input goes up to \d+(\.\d+)?; ` +
      String.raw`the rings in use hold less than 252\.4(, and \d more)? \(E_RANGE\)\n  Choose another --linear-ring \(puma calibrate proposes one\), ` +
      'or give --unsafe-ranges: answers may then be wrong\\.$',
  );

  test('share-weights and infer refuse, by name and with both numbers', async () => {
    const shared = await puma('share-weights', '--model', 'loud', '--out', 'shares');
    expect(shared.stderr).toMatch(refused);
    expect(shared).toMatchObject({ stdout: '', exitCode: 2 });
    const asked = await puma(...INFER, '--model', 'loud');
    expect(asked.stderr).toMatch(refused);
    expect(asked).toMatchObject({ stdout: '', exitCode: 2 });
  });

  test('unless told otherwise; who has such shares need not say it again', async () => {
    expect((await puma('share-weights', '--model', 'loud', '--out', 'shares', '--unsafe-ranges')).exitCode).toBe(0);
    expect(await manifest()).toBe('overridden');
    expect((await puma(...INFER, '--model', 'loud', '--shares', 'shares')).exitCode).toBe(0);
    expect((await puma(...INFER, '--model', 'loud', '--unsafe-ranges')).exitCode).toBe(0);
  });

  test('shares that were made before somebody looked', async () => {
    await rm(at('loud/calibration.json'));
    expect((await puma('share-weights', '--model', 'loud', '--out', 'shares')).exitCode).toBe(0);
    await puma('calibrate', '--model', 'loud', '--data', 'texts.txt');
    expect((await puma(...INFER, '--model', 'loud', '--shares', 'shares')).stderr).toMatch(refused);
  });
});

test('the rings in use decide, not those of the calibration', async () => {
  await puma('calibrate', '--model', 'model', '--data', 'texts.txt');
  const tight = ['--linear-ring', '26,12,12'];
  const { stderr, exitCode } = await puma('share-weights', '--model', 'model', '--out', 'shares', ...tight);
  expect(stderr).toMatch(
    /^puma: \.\/model\/calibration\.json: \S.* goes up to [\d.]+; the rings in use hold less than [\d.]+, and \d+ more \(E_RANGE\)\n/,
  );
  expect(exitCode).toBe(2);
});

type Mistake = [what: string, args: string[], stderr: string];

const mistakes: Mistake[] = [
  [
    'a bundled model',
    ['--model', 'bert-tiny-sst2', '--data', 'texts.txt'],
    'puma: ROOT/models/bert-tiny-sst2 is part of Puma; nothing is written there (E_CALIBRATION)\n  Give --out FILE.',
  ],
  [
    'made-up weights',
    ['--model', 'synthetic:gpt2', '--data', 'texts.txt'],
    'puma: synthetic:gpt2 has made-up weights, which say nothing of ranges (E_MODEL)\n  Give a checkpoint.',
  ],
  [
    'no such file',
    ['--model', 'model', '--data', 'none.txt'],
    'puma: none.txt does not exist (E_MISSING)\n  Check the path.',
  ],
  [
    'a file that is something else',
    ['--model', 'model', '--data', 'texts.txt', '--out', 'model/config.json'],
    'puma: ./model/config.json is not replaced: it is no calibration (E_EXISTS)\n  Choose another file.',
  ],
  [
    'no such column',
    ['--model', 'model', '--data', 'texts.tsv'],
    'puma: texts.tsv has no column "text"; its columns are "words", "label" (E_DATA)\n  Name the column: --text-column.',
  ],
  [
    'a seed for nothing',
    ['--model', 'model', '--data', 'texts.txt', '--seed', '3'],
    'puma: --seed goes with --limit (E_USAGE)\n  try puma calibrate --help',
  ],
  [
    'windows of a model that classifies',
    ['--model', 'model', '--data', 'texts.txt', '--window', '3'],
    'puma: --window is for a model that generates (E_USAGE)\n  try puma calibrate --help',
  ],
  [
    'more padding than the model takes',
    ['--model', 'model', '--data', 'texts.txt', '--pad-to', '65'],
    'puma: --pad-to is 65; model takes 64 tokens (E_LENGTH)\n  Choose a smaller number.',
  ],
];

test.each(mistakes)('%s', async (_what, args, stderr) => {
  const ended = await puma('calibrate', ...args);
  const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
  expect({ ...ended, stderr: ended.stderr.replaceAll(root, 'ROOT') }).toEqual({ stdout: '', stderr, exitCode: 2 });
});

test('a model in the cache: nothing is written there', async () => {
  const revision = 'a'.repeat(40);
  const folder = ['hub', 'models--some--model', 'snapshots', revision];
  await mkdir(at('hub', 'models--some--model', 'refs'), { recursive: true });
  await writeFile(at('hub', 'models--some--model', 'refs', 'main'), revision);
  await cp(at('model'), at(...folder), { recursive: true });
  const { stderr } = await run(['calibrate', '--model', 'some/model', '--data', 'texts.txt']);
  expect(stderr).toBe(
    `puma: ./${folder.join('/')} is in the Hugging Face cache; nothing is written there (E_CALIBRATION)\n  Give --out FILE.`,
  );
});

test('a calibration of another model, beside the weights', async () => {
  await puma('calibrate', '--model', 'model', '--data', 'texts.txt');
  await writeCheckpoint(at('other'), { config: { ...SMALL, id2label: { 0: 'good', 1: 'bad' } } });
  await copyFile(at('model/calibration.json'), at('other/calibration.json'));
  const { stderr, exitCode } = await puma('share-weights', '--model', 'other', '--out', 'shares');
  expect(stderr).toBe(
    'puma: ./other/calibration.json was made for another config.json (E_CALIBRATION)\n  Make it again with puma calibrate, or remove it.',
  );
  expect(exitCode).toBe(2);
});

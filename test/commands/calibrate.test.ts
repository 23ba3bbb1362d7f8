/** `puma calibrate`: the plan that it makes, and what it says. */
import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Calibration } from '../../src/plans/file.ts';
import { thorough } from '../cases.ts';
import { planWorld, scaled } from './plan-world.ts';
import { writeCheckpoint } from './world.ts';

const { at, call, told, calibrate, plan } = planWorld();

beforeAll(() =>
  writeCheckpoint(at('wild'), {
    weights: scaled([
      [/layer\.0\.attention\.self\.(query|key)/, 1e4],
      [/layer\.1\.intermediate\.dense/, 1e9],
      [/classifier/, 1e6],
    ]),
  }),
);

test('what is told', async () => {
  const lines = (await calibrate('model')).split('\n');
  expect(lines[0]).toBe('model on 3 texts, 15 tokens of texts.txt');
  expect(lines[2]).toMatch(/^tightest of 40 places +smallest +largest +plan holds +room$/);
  expect(lines.slice(3, 13).every((line) => /^\S.* {2}< \S+ +[23]\.\d bits$/.test(line))).toBe(true);
  expect(lines.slice(14)).toEqual([
    'changed            default                        plan',
    'embeddings         Z_2^32, 18                     Z_2^24, 18',
    'results of norms   Z_2^52, 18                     Z_2^45, 18',
    'query              Z_2^52, 18 and 18, below 2^13  Z_2^40..41, 18 and 18, below 2^2..3',
    expect.stringMatching(
      /^key +Z_2\^52, 18 and 18, below 2\^13 +Z_2\^\d\d(\.\.\d\d)?, 18 and 18, below 2\^\d(\.\.\d)?$/,
    ),
    expect.stringMatching(/^value +/),
    expect.stringMatching(/^attention\.values +below 2\^\d+ +below 2\^\d(\.\.\d)?$/),
    expect.stringMatching(/^attention\.scores +below 2\^\d+(\.\.\d+)? +below 2\^8$/),
    expect.stringMatching(/^context +/),
    expect.stringMatching(/^up +/),
    expect.stringMatching(/^up\.activation +below 2\^10 +below 2\^7$/),
    expect.stringMatching(/^down +/),
    expect.stringMatching(/^pooler +/),
    expect.stringMatching(/^pooler\.activation +/),
    expect.stringMatching(/^classifier +/),
    '',
    expect.stringMatching(/^6 tokens +default +plan +ratio$/),
    expect.stringMatching(/^traffic +\d+ kB +\d+ kB +0\.\d\d$/),
    expect.stringMatching(/^rounds +\d+ +\d+ +\d\.\d\d$/),
    expect.stringMatching(/^time, about +\d\.\d\d s +\d\.\d\d s +\d\.\d\d$/),
    '',
    'Head room: 2 bits. Values may become 4 times as large as on these texts.',
    'Written to model/calibration.json',
  ]);
  const { digest: _1, created: _2, sites, price, ring, ...rest } = await plan('model/calibration.json');
  expect(rest).toEqual({
    format: 'puma-plan/1',
    model: 'model',
    data: { file: 'texts.txt', texts: 3, tokens: 15, cut: 0 },
    margin: 2,
  });
  expect([sites.length, Math.min(...sites.map(({ room = 9 }) => room))]).toEqual([40, expect.closeTo(2, 0)]);
  expect(price).toMatchObject({ tokens: 6, padded: false });
  expect(ring).toMatchObject({ table: { bits: 24 }, sites: { 'attention.scores': { integers: 8 } } });
});

test('as JSON; a column of a table has the same texts; another head room', async () => {
  await calibrate('model');
  const want = await plan('model/calibration.json');
  const from = ['--data', 'texts.tsv', '--text-column', 'words', '--out', 'out.json', '--json'];
  const report = JSON.parse(await told('calibrate', '--model', 'model', ...from, '--head-room', '4'));
  const got = await plan('out.json');
  const ranges = ({ sites }: Calibration) => new Map(sites.map(({ site, range }) => [site, range]));
  expect(ranges(got)).toEqual(ranges(want));
  expect([got.digest, got.margin]).toEqual([want.digest, 4]);
  expect(got.sites.every(({ room = 9 }) => room > 3.99)).toBe(true);
  expect(report).toMatchObject({
    model: 'model',
    data: { file: 'texts.tsv', texts: 3, tokens: 15 },
    margin: 4,
    broken: [],
  });
  expect([report.sites.length, report.ring, report.price, report.digest]).toEqual([
    40,
    got.ring,
    got.price,
    got.digest,
  ]);
  expect(report.changed).toContainEqual({
    site: 'layer.1.up.activation',
    default: { below: 10 },
    plan: { below: expect.any(Number) },
  });
});

thorough('a random sample is the same every time', async () => {
  const sample = async (...more: string[]) => {
    await calibrate('model', '--limit', '1', ...more);
    return plan('model/calibration.json');
  };
  const [first, one, again] = [await sample(), await sample('--seed', '5'), await sample('--seed', '5')];
  expect(first.data).toEqual({ file: 'texts.txt', texts: 1, tokens: 5, cut: 0 });
  expect(one.data).toMatchObject({ texts: 1, seed: 5 });
  expect(again.sites).toEqual(one.sites);
});

test('no rings within 64 bits: the places, and nothing written', async () => {
  const { stdout, stderr, exitCode } = await call('calibrate', '--model', 'wild', '--data', 'texts.txt');
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  expect(stderr.replace(/: [\d.,e+]+ where/g, ': # where')).toBe(
    [
      'puma: no rings within 64 bits hold wild on these texts with 2 bits of head room: 4 places',
      '  layer.0.attention scores: # where 16,777,216 holds',
      '  layer.1.norm2 variance: # where 1.1e+15 holds',
      '  classifier shown: # where 32,768 holds',
      '  layer.1.up activation input: # where 1,073,741,820 holds (E_RANGE)',
      '  Nothing is written. Try a smaller --head-room.',
    ].join('\n'),
  );
  await expect(stat(at('wild/calibration.json'))).rejects.toThrow('ENOENT');
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
    'puma: ./model/config.json is not replaced: it is no plan of a model (E_EXISTS)\n  Choose another file.',
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
  const ended = await call('calibrate', ...args);
  const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
  expect({ ...ended, stderr: ended.stderr.replaceAll(root, 'ROOT') }).toEqual({ stdout: '', stderr, exitCode: 2 });
});

test('a model in the cache: nothing is written there', async () => {
  const revision = 'a'.repeat(40);
  const folder = ['hub', 'models--some--model', 'snapshots', revision];
  await mkdir(at('hub', 'models--some--model', 'refs'), { recursive: true });
  await writeFile(at('hub', 'models--some--model', 'refs', 'main'), revision);
  await cp(at('model'), at(...folder), { recursive: true });
  const { stderr } = await call('calibrate', '--model', 'some/model', '--data', 'texts.txt');
  expect(stderr).toBe(
    `puma: ./${folder.join('/')} is in the Hugging Face cache; nothing is written there (E_CALIBRATION)\n  Give --out FILE.`,
  );
});

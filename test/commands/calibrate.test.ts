/** `puma calibrate` as a real process, and what the other commands make of its plan. */
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Calibration } from '../../src/plans/file.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, puma, run } = world();

/** Weights of which some are multiplied. */
function scaled(scales: readonly (readonly [names: RegExp, factor: number])[]) {
  const weights = randomWeights(SMALL);
  for (const [names, factor] of scales) {
    for (const [name, tensor] of weights) if (names.test(name)) tensor.data = tensor.data.map((x) => x * factor);
  }
  return weights;
}

beforeAll(async () => {
  await writeCheckpoint(at('loud'), { weights: scaled([[/layer\.1\.intermediate\.dense/, 1000]]) });
  await writeCheckpoint(at('wild'), {
    weights: scaled([
      [/layer\.0\.attention\.self\.(query|key)/, 1e4],
      [/layer\.1\.intermediate\.dense/, 1e9],
      [/classifier/, 1e6],
    ]),
  });
  await writeFile(at('texts.txt'), 'a b c\nd e f g\n\nh i\n');
  await writeFile(at('texts.tsv'), 'words\tlabel\na b c\t1\nd e f g\t0\nh i\t1\n');
});

beforeEach(async () => {
  for (const file of ['model/calibration.json', 'loud/calibration.json', 'out.json', 'shares']) {
    await rm(at(file), { recursive: true, force: true });
  }
});

const json = async (path: string) => JSON.parse(await readFile(at(path), 'utf8'));
const plan = async (path: string) => Calibration.parse(await json(path));
const manifest = () => json('shares/party1/manifest.json');

/** Runs it and expects no word on standard error. -> standard output */
async function told(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await puma(...args);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return stdout;
}

const calibrate = (model: string, ...more: string[]) =>
  told('calibrate', '--model', model, '--data', 'texts.txt', ...more);

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

test('a random sample is the same every time', async () => {
  const sample = async (...more: string[]) => {
    await calibrate('model', '--limit', '1', ...more);
    return plan('model/calibration.json');
  };
  const [first, one, again] = [await sample(), await sample('--seed', '5'), await sample('--seed', '5')];
  expect(first.data).toEqual({ file: 'texts.txt', texts: 1, tokens: 5, cut: 0 });
  expect(one.data).toMatchObject({ texts: 1, seed: 5 });
  expect(again.sites).toEqual(one.sites);
});

const TEXT = ['--text', 'a b c'];

describe('the plan beside the weights is used', () => {
  test('by every command, which say so', async () => {
    await calibrate('model', '--pad-to', '12');
    const { ring, data, price } = await plan('model/calibration.json');
    expect([data, price.tokens, price.padded]).toEqual([
      { file: 'texts.txt', texts: 3, tokens: 15, cut: 0, padTo: 12 },
      12,
      true,
    ]);

    const shared = await told('share-weights', '--model', 'model', '--out', 'shares');
    expect(shared).toContain('\nRings: plan of calibration.json.\n');
    expect(await manifest()).toMatchObject({ ring, calibration: 'planned' });
    const written = JSON.stringify(await manifest());
    for (const secret of ['range', 'room', 'texts.txt', 'margin']) expect(written).not.toContain(secret);

    const padded = ['--model', 'model', ...TEXT, '--pad-to', '12', '--json'];
    const answer = JSON.parse(await told('infer', ...padded));
    expect(answer.ring).toEqual({ bits: 64, fractionBits: 18, plan: 'calibration.json' });
    expect(answer.bytes.total).toBe(price.plan.bytes);
    expect(answer.rounds).toBe(price.plan.rounds);
    const fromShares = JSON.parse(await told('infer', ...padded, '--shares', 'shares'));
    expect(fromShares.ring.plan).toBe('the shares');
    expect(fromShares.bytes.total).toBe(price.plan.bytes);
    const compared = JSON.parse(await told('compare-plaintext', ...padded));
    expect([compared.ring.plan, compared.within]).toEqual(['calibration.json', true]);

    const cost = JSON.parse(await told('cost', '--model', 'model', '--tokens', '12', '--padded', '--json'));
    expect([cost.ring.plan, cost.bytes, cost.rounds]).toEqual(['calibration.json', answer.bytes, answer.rounds]);
  });

  test('by bench too', async () => {
    await calibrate('model');
    const { price } = await plan('model/calibration.json');
    const bench = JSON.parse(await told('bench', '--model', 'model', '--tokens', '6', '--repeats', '1', '--json'));
    expect(bench.cases[0].bytes.total).toBe(price.plan.bytes);
  });

  test('for people', async () => {
    await calibrate('loud');
    expect(await told('infer', '--model', 'loud', ...TEXT)).toContain(
      '\nring     Z_2^64, 18 fractional bits; plan of calibration.json; ',
    );
    expect(await told('cost', '--model', 'loud', '--tokens', '5')).toMatch(
      /\nring +Z_2\^64, 18 fractional bits; plan of calibration\.json\n/,
    );
    const compared = await told('compare-plaintext', '--model', 'loud', ...TEXT);
    expect(compared).toContain('; plan of calibration.json; ');
  });
});

describe('--calibration', () => {
  test('of a model that is part of Puma', async () => {
    const model = ['--model', 'bert-tiny-sst2'];
    await told('calibrate', ...model, '--data', 'texts.txt', '--out', 'out.json');
    const { price, ring } = await plan('out.json');
    const cost = JSON.parse(
      await told('cost', ...model, '--calibration', 'out.json', '--tokens', `${price.tokens}`, '--json'),
    );
    expect([cost.bytes.total, cost.rounds, cost.ring.plan]).toEqual([price.plan.bytes, price.plan.rounds, 'out.json']);
    await told('share-weights', ...model, '--calibration', 'out.json', '--out', 'shares');
    expect((await manifest()).ring).toEqual(ring);
  });

  test('shares have rings of their own', async () => {
    await calibrate('model', '--out', 'out.json');
    await told('share-weights', '--model', 'model', '--out', 'shares');
    expect((await manifest()).calibration).toBe('absent');
    const asked = ['infer', '--model', 'model', ...TEXT, '--shares', 'shares', '--calibration', 'out.json'];
    expect(await puma(...asked)).toEqual({
      stdout: '',
      stderr:
        'puma: shares holds shares in rings of their own (E_RING)\n  Leave out --calibration, or share the weights again with it.',
      exitCode: 2,
    });
  });
});

describe('--linear-ring decides, and is checked against the plan', () => {
  beforeEach(() => calibrate('model'));
  const share = (...more: string[]) => puma('share-weights', '--model', 'model', '--out', 'shares', ...more);

  test('one that holds', async () => {
    expect((await share('--linear-ring', '50,16,16')).exitCode).toBe(0);
    expect(await manifest()).toMatchObject({
      ring: { linear: { bits: 50, input: 16 }, sites: {} },
      calibration: 'checked',
    });
  });

  test('one that does not', async () => {
    const refused = new RegExp(
      String.raw`^puma: \./model/calibration\.json: \S[^:]*: [\d.,]+ where [\d.]+ holds, and \d+ more \(E_RANGE\)\n` +
        String.raw` {2}Leave out --linear-ring: the rings of the plan hold\. Or give --unsafe-ranges: answers may then be wrong\.$`,
    );
    const { stdout, stderr, exitCode } = await share('--linear-ring', '26,12,12');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(refused);
    expect((await puma('infer', '--model', 'model', ...TEXT, '--linear-ring', '26,12,12')).stderr).toMatch(refused);
    expect((await share('--linear-ring', '26,12,12', '--unsafe-ranges')).exitCode).toBe(0);
    expect((await manifest()).calibration).toBe('overridden');
    const cost = JSON.parse(await told('cost', '--model', 'model', '--linear-ring', '26,12,12', '--json'));
    expect(cost.ring).toMatchObject({ linear: { bits: 26 } });
    expect(cost.ring.plan).toBeUndefined();
  });
});

test('no rings within 64 bits: the places, and nothing written', async () => {
  const { stdout, stderr, exitCode } = await puma('calibrate', '--model', 'wild', '--data', 'texts.txt');
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

describe('a plan that is refused', () => {
  type Refused = [what: string, calibration: () => Promise<unknown>, model: string, more: string[], stderr: RegExp];
  test.each<Refused>([
    [
      'of another checkpoint',
      () => calibrate('loud', '--out', 'model/calibration.json'),
      'model',
      [],
      /^puma: \.\/model\/calibration\.json is the plan of another checkpoint: of loud with digest [0-9a-f]{12}; \.\/model has [0-9a-f]{12} \(E_CALIBRATION\)\n {2}Make a plan of this checkpoint with puma calibrate\.$/,
    ],
    [
      'of an older version',
      () => writeFile(at('model/calibration.json'), '{"format": "puma-calibration/1"}'),
      'model',
      [],
      /^puma: \.\/model\/calibration\.json has the format "puma-calibration\/1"; this version reads puma-plan\/1 \(E_CALIBRATION\)\n {2}Make it again with puma calibrate\.$/,
    ],
    [
      'that is not there',
      async () => {},
      'model',
      ['--calibration', 'none.json'],
      /^puma: none\.json does not exist \(E_MISSING\)\n {2}Check the path\.$/,
    ],
    [
      'for made-up weights',
      () => writeFile(at('out.json'), '{}'),
      'synthetic:gpt2',
      ['--calibration', 'out.json'],
      /^puma: synthetic:gpt2 has made-up weights: no plan is for them \(E_CALIBRATION\)\n {2}Leave out the plan\.$/,
    ],
  ])('%s', async (_, make, model, more, stderr) => {
    await make();
    const commands = [
      ['infer', '--input-ids', '5,6'],
      ['share-weights', '--out', 'shares'],
      ['cost', '--tokens', '5'],
    ];
    for (const command of commands) {
      const ended = await puma(...command, '--model', model, ...more);
      expect(ended.stderr).toMatch(stderr);
      expect([ended.stdout, ended.exitCode]).toEqual(['', 2]);
    }
  });

  test('with a change of the weights since', async () => {
    await cp(at('model'), at('changed'), { recursive: true });
    await calibrate('changed');
    const weights = await readFile(at('changed/model.safetensors'));
    weights[weights.length - 1]! ^= 1;
    await writeFile(at('changed/model.safetensors'), weights);
    const { stderr } = await puma('cost', '--model', 'changed', '--tokens', '5');
    expect(stderr).toContain('calibration.json is the plan of another checkpoint: of changed with digest ');
  });
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

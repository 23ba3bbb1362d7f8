/** `puma bench` as a process: what it prints, writes and compares, what it refuses, and that nothing is left. No speed is asserted. */
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/files/root.ts';
import { simdLevels } from '../../src/kernels/index.ts';
import { gatePrice } from '../../src/mpc/gate.ts';
import { sample, thorough } from '../cases.ts';
import { until, world } from './world.ts';

const { at, call, start, parties } = world();

const GPT2 = join(projectRoot(), 'test/golden/models/gpt2-tied');
const count = z.int().nonnegative();
const time = z.number().positive();

const Measured = z.strictObject({ median: time, min: time, max: time });
const KINDS = ['embedding', 'linear', 'attention', 'activation', 'norm', 'head'] as const;

const Case = z.strictObject({
  ...{ name: z.string(), tokens: count, newTokens: count, runs: count, rounds: count.positive() },
  published: z.array(z.strictObject({ system: z.string(), seconds: time, gigabytes: time })),
  seconds: Measured.extend({
    byPhase: z
      .record(z.enum(['share', 'startup', 'inference', 'prompt', 'further']), time)
      .or(z.record(z.enum(['share', 'startup', 'inference']), time)),
    byKind: z.record(z.string(), z.number().nonnegative()),
  }),
  bytes: z.strictObject({
    ...{ dealer: count, online: count, client: count, total: count },
    byKind: z.record(z.string(), count),
  }),
  parties: z.array(z.strictObject({ party: count, peakRssBytes: count.positive() })).length(3),
  extrapolatedFromLayers: z.tuple([count, count]).optional(),
});

const Kernel = Measured.extend({ name: z.string(), simd: z.string(), threads: count, rate: time, unit: z.string() });

const Protocol = z.strictObject({
  ...{ name: z.string(), elements: count.positive(), runs: count, seconds: Measured, rounds: count.positive() },
  bytes: z.strictObject({ dealer: count.positive(), online: count.positive() }),
  others: z.array(z.looseObject({ system: z.string(), seconds: time })),
});

const Report = z.strictObject({
  machine: z.strictObject({ cpu: z.string().min(1), cores: count.positive(), memoryBytes: count, node: z.string() }),
  ...{ simd: z.string(), threads: count },
  network: z.strictObject({ name: z.string(), rttMs: time, bitsPerSecond: time }).optional(),
  cases: z.array(Case),
  kernels: z.array(Kernel),
  protocols: z.array(Protocol),
});

async function json(...args: string[]): Promise<z.infer<typeof Report>> {
  const { stdout, stderr, exitCode } = await call('bench', ...args, '--json');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return Report.parse(JSON.parse(stdout));
}

/** Parties of protocols have no shares: world() does not know them. */
async function protocolParties(): Promise<string[]> {
  const { stdout } = await execa('ps', ['-A', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(' party ') && line.includes(at('tmp')));
}

afterEach(async () => expect(await protocolParties()).toEqual([]));

describe('one model', () => {
  const asked = ['--model', 'model', '--tokens', '12', '--repeats', '2'];
  let report: Awaited<ReturnType<typeof json>>;
  beforeAll(async () => {
    report = await json(...asked, '--save', 'saved.json');
  });

  test('that classifies: the whole shape', () => {
    const { cases, kernels, protocols, ...rest } = report;
    expect(cases).toMatchObject([{ name: 'model', tokens: 12, newTokens: 0, runs: 2, published: [] }]);
    expect({ kernels, protocols, threads: rest.threads }).toEqual({ kernels: [], protocols: [], threads: 1 });
    const [{ seconds, bytes }] = cases as [z.infer<typeof Case>];
    expect(seconds.min).toBeLessThanOrEqual(seconds.median);
    expect(seconds.median).toBeLessThanOrEqual(seconds.max);
    expect(seconds.byPhase).toEqual({
      share: expect.any(Number),
      startup: expect.any(Number),
      inference: seconds.median,
    });
    expect(Object.keys(seconds.byKind)).toEqual(expect.arrayContaining([...KINDS]));
    const kinds = Object.values(seconds.byKind).reduce((a, b) => a + b);
    expect(kinds, 'kinds of work make up the whole').toBeGreaterThanOrEqual(0.999 * seconds.median);
    expect(bytes.total).toBe(bytes.dealer + bytes.online + bytes.client);
  });

  test('that generates: the prompt, and what follows', async () => {
    const { cases } = await json('--model', GPT2, '--tokens', '6', '--new-tokens', '3', '--repeats', '1');
    expect(cases).toMatchObject([{ name: 'gpt2-tied', tokens: 6, newTokens: 3, runs: 1 }]);
    const { inference, ...phases } = cases[0]!.seconds.byPhase as Record<string, number>;
    expect(phases.prompt! + phases.further!).toBeCloseTo(inference!, 9);
  });

  thorough('on a shaped network: every round takes half a round trip', async () => {
    const network = { name: '2ms,1Gbit', rttMs: 2, bitsPerSecond: 1e9 };
    const report = await json('--model', 'model', '--tokens', '4', '--repeats', '1', '--network', network.name);
    expect(report.network).toEqual(network);
    const [{ rounds, seconds }] = report.cases as [z.infer<typeof Case>];
    expect(seconds.min).toBeGreaterThanOrEqual(rounds * 0.001);
  });

  thorough('cut to fewer layers, for people', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...['bench', '--model', 'synthetic:bert-tiny-sst2', '--layers', '2', '--tokens', '4', '--repeats', '1'],
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout, 'two layers are all there are').not.toContain('extrapolated');
    expect(stdout).toContain('\nbert-tiny-sst2, 4 ');
  });

  test('saved, compared, as Markdown', async () => {
    expect(Report.parse(JSON.parse(await readFile(at('saved.json'), 'utf8')))).toEqual(report);
    const { stdout, exitCode } = await call('bench', ...asked, '--against', 'saved.json', '--markdown', 'tables.md');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nAgainst saved\.json\n.*\nmodel, 12 .*\n\d of 1 slower\. /);
    const text = await readFile(at('tables.md'), 'utf8');
    expect(text).toMatch(/^# Measurements\n\n## Machine\n\n.*\n\n## Inference by three processes/);
    expect(text).toMatch(/\n## Against saved\.json\n/);
  });
});

test('--suite protocols', async () => {
  const { protocols, cases } = await json('--suite', 'protocols', '--elements', '768', '--repeats', '1');
  expect(cases).toEqual([]);
  expect(protocols.length).toBeGreaterThan(5);
  const gelu = protocols.find(({ name }) => name === 'GeLU')!;
  expect(gelu).toMatchObject({ elements: 768, runs: 1, rounds: 5 });
  const declared = gatePrice(768, 'gelu', 10).dealer;
  expect(8 * gelu.bytes.dealer).toBeGreaterThan(declared); // headers come on top
  expect(8 * gelu.bytes.dealer).toBeLessThan(1.1 * declared);
});

test.skipIf(simdLevels().length === 0)('--suite kernels: one level', async () => {
  const level = simdLevels()[0]!;
  const { kernels } = await json('--suite', 'kernels', '--simd', level, '--repeats', '1');
  expect(new Set(kernels.map(({ simd }) => simd))).toEqual(new Set([level]));
  expect(new Set(kernels.map(({ name }) => name)).size).toBe(kernels.length);
  expect(kernels.map(({ name }) => name.replace(/[, ].*/, ''))).toEqual(
    expect.arrayContaining(['matrix', 'generator', 'pack', 'unpack', '20', 'truncate', 'cosines']),
  );
});

describe('what is refused', () => {
  beforeAll(async () => {
    await writeFile(at('other.json'), '{"machine":1}');
    await mkdir(at('folder'));
  });
  const usage = (message: string) => `puma: ${message} (E_USAGE)\n  try puma bench --help`;
  const one = ['--model', 'model'];

  test.each([
    [[], usage('give --suite paper, kernels or protocols, or --model NAME')],
    [[...one, '--suite', 'paper'], usage('give --suite or --model, not both')],
    [
      ['--suite', 'all'],
      usage("option '--suite <name>' argument 'all' is invalid. Allowed choices are paper, kernels, protocols."),
    ],
    [['--suite', 'paper', '--tokens', '3'], usage('--tokens goes with --model')],
    [['--suite', 'kernels', '--fit'], usage('--fit goes with --model or --suite paper')],
    [['--suite', 'protocols', '--new-tokens', '1'], usage('--new-tokens goes with --model')],
    [
      ['--suite', 'kernels', '--network', 'lan'],
      usage('--network goes with --model or --suite paper or --suite protocols'),
    ],
    [['--suite', 'protocols', '--simd', 'avx2'], usage('--simd goes with --suite kernels')],
    [[...one, '--elements', '9'], usage('--elements goes with --suite protocols')],
    [
      [...one, '--repeats', '0'],
      usage("option '--repeats <n>' argument '0' is invalid. It must be a whole number from 1 on."),
    ],
    [
      [...one, '--tokens', '65'],
      'puma: the text has 65 tokens; model takes 64 (E_LENGTH)\n  Choose a smaller --tokens or --new-tokens.',
    ],
    [
      [...one, '--layers', '1'],
      'puma: --layers 1 leaves one run, and a line needs two (E_OPTION)\n  Give --layers 2 or more.',
    ],
    [
      [...one, '--against', 'other.json'],
      expect.stringMatching(
        /^puma: other\.json holds no results of puma bench: machine: .* \(E_BENCH\)\n {2}Give a file that puma bench --save FILE has written\.$/,
      ),
    ],
    [[...one, '--against', 'none.json'], 'puma: none.json does not exist (E_MISSING)\n  Check the path.'],
    [
      [...one, '--save', 'none/a.json'],
      'puma: cannot write none/a.json: a folder of the path does not exist (E_WRITE)\n  Create the folder first.',
    ],
    [[...one, '--markdown', 'folder'], 'puma: cannot write folder: it is a folder, not a file (E_WRITE)'],
  ])('%j', async (args, stderr) => {
    expect(await call('bench', ...args)).toEqual({ stdout: '', stderr, exitCode: 2 });
  });
});

describe('interrupted: one line, and nothing left', () => {
  const model = ['--model', 'model', '--repeats', '1000'];

  const moments: [what: string, args: string[], after: number][] = [
    ['as it runs a model', model, 1500],
    ['as it shares or starts', model, 0],
    ['as it runs protocols', ['--suite', 'protocols', '--repeats', '1000'], 2000],
  ];

  test.each(sample(moments.slice(0, 1), moments))('%s', async (_what, args, after) => {
    const child = start(['bench', ...args], { detached: true });
    await until(async () => (await readdir(at('tmp'))).length > 0, 5000);
    await sleep(after);
    process.kill(-child.pid!, 'SIGINT');
    const { stdout, stderr, exitCode } = await child;
    expect({ stdout, stderr, exitCode }).toEqual({
      ...{ stdout: '', stderr: 'puma: interrupted (E_INTERRUPTED)', exitCode: 1 },
    });
  });

  thorough('killed, as it runs protocols: parties end and clean up', async () => {
    const child = start(['bench', '--suite', 'protocols', '--repeats', '1000']);
    await until(async () => (await protocolParties()).length === 3, 5000);
    await sleep(500);
    child.kill('SIGKILL');
    await child;
    expect(await until(async () => (await protocolParties()).length === 0)).toBe(true);
    expect(await until(async () => (await readdir(at('tmp'))).length === 0)).toBe(true);
  });

  test('a party of a model is killed', async () => {
    const child = start(['bench', ...model, '--save', 'lost.json']);
    await until(async () => (await parties('2')).length === 1, 5000);
    await sleep(300);
    process.kill((await parties('2'))[0]!, 'SIGKILL');
    const { stdout, stderr, exitCode } = await child;
    expect({ stdout, stderr, exitCode }).toEqual({
      ...{ stdout: '', stderr: 'puma: party 2 was killed (SIGKILL) (E_PARTY)', exitCode: 1 },
    });
    await expect(access(at('lost.json'))).rejects.toThrow();
  });
});

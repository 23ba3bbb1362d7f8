/** What each command answers, for people and as JSON. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, call, puma, start } = world();

const count = z.int().nonnegative();
const Logits = z.array(z.number()).min(1);

/** As the issue has it; what it does not name is left to us. */
const Inference = z.object({
  model: z.string(),
  task: z.enum(['classify', 'embed']),
  results: z.array(
    z.object({ text: z.string(), label: z.string(), scores: z.record(z.string(), z.number()), logits: Logits }),
  ),
  seconds: z.object({ startup: z.number(), share: z.number(), inference: z.number() }),
  bytes: z.object({
    dealer: count,
    online: count,
    total: count,
    perParty: z.array(z.object({ party: count, sent: count, received: count })).length(3),
  }),
  rounds: count,
  parties: z.array(z.object({ party: count, pid: count, peakRssBytes: count })).length(3),
  ring: z.object({ bits: count, fractionBits: count }),
  simd: z.string(),
});

const Comparison = Inference.extend({
  difference: z.object({
    logitsMax: z.number(),
    labelsEqual: z.boolean(),
    ties: count,
    layers: z.array(z.object({ name: z.string(), max: z.number(), mean: z.number() })),
  }),
  tolerance: z.number(),
  within: z.boolean(),
  fault: z
    .object({ layer: z.string(), error: z.number().nullable(), site: z.string(), message: z.string() })
    .nullable(),
});

const TEXT = 'a b c d e f g h i j';

/** A report without what differs from run to run and from machine to machine. */
function shape(report: string): string {
  return report
    .replace(/(native kernels, \w+|slow portable kernels \(.*\))/, 'KERNELS')
    .replace(/-?\b\d+(\.\d+)?(e-\d+)?( min \d+)?( [kM]?B)?\b/g, '#')
    .replace(/ +/g, ' ');
}

beforeAll(async () => {
  await writeFile(at('lines.txt'), `${TEXT}\n\nk l m n o p q r s\r\n`);
});

describe('puma infer', () => {
  test('--json: one object and nothing else', async () => {
    const { stdout, stderr, exitCode } = await puma('infer', '--model', 'model', '--text', TEXT, '--json');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const report = Inference.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ model: 'model', task: 'classify', results: [{ text: TEXT }], ring: { bits: 64 } });
    const [{ scores, label, logits }] = report.results as [(typeof report.results)[number]];
    expect(Object.keys(scores)).toEqual(['negative', 'positive']);
    expect(scores.negative! + scores.positive!).toBeCloseTo(1);
    expect(label).toBe(logits[0]! > logits[1]! ? 'negative' : 'positive');
    expect(new Set(report.parties.map(({ pid }) => pid)).size).toBe(3);
    expect(report.seconds.share).toBeGreaterThan(0);
  });

  test('shares made before, a file, padding: for people', async () => {
    await call('share-weights', '--model', 'model', '--out', 'shares');
    await writeCheckpoint(at('client'));
    await rm(at('client', 'model.safetensors')); // who has shares needs no weights
    const { stdout, stderr, exitCode } = await call(
      ...['infer', '--model', 'client', '--shares', 'shares', '--file', 'lines.txt', '--pad-to', '16'],
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(shape(stdout)).toMatchInlineSnapshot(`
      "label negative positive text
      negative # % # % a b c d e f g h i j
      negative # % # % k l m n o p q r s

      time # s: # s start-up, # s inference
      traffic #: # from the dealer, # online, # with the client
      rounds #
      ring Z_2^#, # fractional bits; KERNELS, # thread
      ranges proved by the weights: no text leaves the rings
      public the model's shape; that texts have at most # tokens

       sent received memory
      party #, dealer # # #
      party # # # #
      party # # # #"
    `);
  });

  test('a bare encoder gives its pooled output', async () => {
    await writeCheckpoint(at('encoder'), { config: { ...SMALL, architectures: ['BertModel'], id2label: undefined } });
    const { stdout } = await call('infer', '--model', 'encoder', '--text', TEXT, '--text-pair', 'x y z', '--json');
    const { task, results } = JSON.parse(stdout);
    expect(task).toBe('embed');
    expect(results).toEqual([
      { text: TEXT, textPair: 'x y z', label: null, scores: null, logits: Array(32).fill(expect.any(Number)) },
    ]);
  });
});

describe('puma compare-plaintext', () => {
  test('--json', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...['compare-plaintext', '--model', 'model', '--file', 'lines.txt', '--json'],
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { results, difference, ...verdict } = Comparison.parse(JSON.parse(stdout));
    expect(verdict).toMatchObject({ tolerance: 0.1, within: true, fault: null });
    expect(results).toHaveLength(2);
    expect(difference.labelsEqual).toBe(true);
    expect(difference.layers.map(({ name }) => name)).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits']);
    for (const { max, mean } of difference.layers) {
      expect(max).toBeLessThan(0.01);
      expect(mean).toBeLessThanOrEqual(max);
    }
    expect(difference.logitsMax).toBe(difference.layers.at(-1)!.max);
  });

  test('for people', async () => {
    const { stdout } = await call('compare-plaintext', '--model', 'model', '--text', TEXT, '--text-pair', 'x y z');
    expect(shape(stdout)).toMatchInlineSnapshot(`
      "a b c d e f g h i j | x y z

      logits label negative positive
      plaintext negative # #
      secure negative # #
      difference # #

      labels the same

      difference largest mean
      embeddings # #
      layer.# # #
      layer.# # #
      pooler # #
      logits # #

      time # s: # s sharing the weights, # s start-up, # s inference
      traffic #: # from the dealer, # online, # with the client
      rounds #
      ring Z_2^#, # fractional bits; KERNELS, # thread
      ranges proved by the weights: no text leaves the rings
      public the model's shape; the length of the text, # tokens (--pad-to hides it)

       sent received memory
      party #, dealer # # #
      party # # # #
      party # # # #

      Every layer was opened for this comparison: traffic and rounds are those of an inference and more."
    `);
  });
});

describe('puma share-weights', () => {
  test('--json; refuses to overwrite; --force', async () => {
    const args = ['share-weights', '--model', 'model', '--out', 'deep/er/out', '--json'];
    const { stdout } = await call(...args);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      model: 'model',
      architecture: 'BertForSequenceClassification',
      folder: './deep/er/out',
    });
    expect(await readdir(at('deep', 'er', 'out'))).toEqual(['party0', 'party1', 'party2']);
    expect((await stat(at('deep', 'er', 'out', 'party1', 'mask1.key'))).mode & 0o777).toBe(0o600);

    expect(await call(...args)).toEqual({
      stdout: '',
      stderr: 'puma: ./deep/er/out exists already (E_EXISTS)\n  Choose another folder, or replace it with --force.',
      exitCode: 2,
    });
    const again = await call(...args, '--force');
    expect(JSON.parse(again.stdout).id).not.toBe(report.id);
  });

  test('for people', async () => {
    const { stdout, stderr } = await call('share-weights', '--model', 'model', '--out', 'people');
    expect(stderr).toBe('');
    expect(shape(stdout)).toMatchInlineSnapshot(`
      "Shared model (BertForSequenceClassification, # tensors) in # s.

      ./people size carry it to the host of
      party0 # party #, who deals: never sees a value
      party1 # party #, who evaluates
      party2 # party #, who evaluates

      Whoever holds two of these folders can read the weights: give each party its own, and delete the rest."
    `);
  });
});

describe('puma models', () => {
  test('for people', async () => {
    const { stdout, stderr, exitCode } = await call('models');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout.split('\n').every((line) => line.length <= 100)).toBe(true);
    expect(stdout.replace(/^(gpt2-|llama-|bert-l).*\n/gm, '').replace(/ +/g, ' ')).toMatchInlineSnapshot(`
      "name family task layers hidden vocab tokens ring linear where
      bert-tiny-sst2 bert classify 2 128 8000 128 Z_2^64 Z_2^52 bundled
      bert-base-uncased bert embed 12 768 30522 512 Z_2^64 Z_2^52 not here
      roberta-base roberta embed 12 768 50265 512 Z_2^64 Z_2^52 not here
      gpt2 gpt2 generate 12 768 50257 1024 Z_2^64 Z_2^52 not here
      tinyllama llama generate 22 2048 32000 2048 Z_2^64 Z_2^40 not here

      puma pull NAME fetches one that is not here
      --model synthetic:NAME stands for any of them with made-up weights: to measure, not to answer"
    `);
  });

  test('one that is in the cache', async () => {
    const repository = at('hub', 'models--google-bert--bert-base-uncased');
    const folder = join(repository, 'snapshots', '0'.repeat(40));
    await mkdir(join(repository, 'refs'), { recursive: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(repository, 'refs', 'main'), '0'.repeat(40));
    const { stdout } = await call('models');
    expect(stdout).toMatch(/^bert-base-uncased .* on disk$/m);
    expect(stdout).toContain(
      `\nbert-base-uncased: ./hub/models--google-bert--bert-base-uncased/snapshots/${'0'.repeat(40)}`,
    );
  });

  test('--json', async () => {
    const { stdout } = await call('models', '--json');
    const { models } = JSON.parse(stdout);
    const found = (name: string) => models.find((model: { name: string }) => model.name === name);
    expect(found('bert-tiny-sst2')).toMatchObject({ task: 'classify', source: 'bundled', hint: null });
    expect(found('llama-3-8b')).toEqual({
      name: 'llama-3-8b',
      architecture: 'llama',
      task: 'generate',
      maxTokens: 8192,
      sizes: { hidden: 4096, layers: 32, heads: 32, intermediate: 14336, vocabulary: 128256 },
      ring: { bits: 64, fractionBits: 18, linear: { bits: 40, input: 12, weight: 13, results: 14 } },
      source: 'huggingface',
      folder: null,
      hint: 'puma pull llama-3-8b',
    });
  });
});

describe('standard output', () => {
  test('closed: no stack', async () => {
    const child = start(['models']);
    child.stdout!.destroy();
    const { exitCode, stderr } = await child;
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  });
});

/** `puma compare-plaintext --data`: models over small data sets. */
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { pearson } from '../../src/evaluate/metrics.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, call } = world();

const compare = (model: string, data: string, ...args: string[]) => [
  ...['compare-plaintext', '--model', model, '--data', data],
  ...args,
];

const SENTENCES: [text: string, label: number][] = [
  ['a warm , funny and quietly moving film .', 1],
  ['unbearably dull and far too long .', 0],
  ['the cast is a delight .', 1],
  ['a mess from start to finish', 0],
  ['it has no heart , no wit and no point .', 0],
  ['a small wonder , not to be missed', 1],
];

const PLAY = `ROMEO:
But, soft! what light through yonder window breaks?
It is the east, and Juliet is the sun.
Arise, fair sun, and kill the envious moon,
Who is already sick and pale with grief.
`;

/** A report without what differs from run to run and from machine to machine. */
const shape = (report: string): string =>
  report
    .replace(/-?\b\d+(\.\d+)?(e-\d+)?( min \d+)?( [kM]?B| m?s)?\b/g, '#')
    .replace(/avx\w+|neon|amx\w*|portable/, 'SIMD')
    .replace(/ +/g, ' ');

beforeAll(async () => {
  const table = SENTENCES.map(([text, label]) => `${text}\t${label}\n`);
  await writeFile(at('dev.tsv'), `sentence\tlabel\n${table.join('')}`);
  await writeFile(at('play.txt'), PLAY);
  await writeFile(at('letters.csv'), 'text,label\na b f,0\na b c d e f,1\n');
});

describe('sentences with labels', () => {
  test('--json: bert-tiny-sst2 on six of them', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...compare('bert-tiny-sst2', 'dev.tsv', '--preset', 'sst2', '--batch', '3', '--layers-of', '3', '--json'),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { metrics, agreement, logits, layers, layersOf, results, ...report } = JSON.parse(stdout);
    expect(report).toMatchObject({
      ...{ model: 'bert-tiny-sst2', task: 'classify' },
      data: { file: 'dev.tsv', preset: 'sst2', rows: 6, of: 6 },
      parties: [{ party: 0 }, { party: 1 }, { party: 2 }],
    });
    expect(results.map(({ text, right }: Record<string, unknown>) => [text, right])).toEqual(
      SENTENCES.map(([text, label]) => [text, ['NEGATIVE', 'POSITIVE'][label]]),
    );
    const right = (side: 'plaintext' | 'secure') =>
      results.filter((row: Record<string, { label: string }>) => row[side]!.label === (row.right as unknown)).length;
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual(['accuracy', 'matthews', 'f1']);
    expect(metrics[0]).toMatchObject({ plaintext: right('plaintext') / 6, secure: right('secure') / 6 });
    expect(metrics[0].plaintext).toBeGreaterThan(0.6);
    expect(agreement).toEqual({ same: 6, of: 6, ties: 0 });
    expect(report).toMatchObject({ tolerance: 0.1, within: true, fault: null });
    expect(logits.max).toBeLessThan(0.01);
    expect(logits.max).toBeGreaterThan(0);
    expect(layersOf).toBe(3);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler']);
    for (const { max, mean, p999, rms, relative } of layers) {
      expect([mean <= p999, p999 <= max, max < 0.01]).toEqual([true, true, true]);
      expect(relative.max).toBeCloseTo(max / rms, 12);
    }
  });

  test('for people: a sample, no layers', async () => {
    const { stdout, stderr } = await call(
      ...compare('bert-tiny-sst2', 'dev.tsv', '--limit', '4', '--seed', '5', '--layers-of', '0'),
    );
    expect(stderr).toBe('');
    expect(shape(stdout)).toMatchInlineSnapshot(`
      "bert-tiny-sst2 over # of # rows of dev.tsv, sampled with seed #

      metric plaintext secure difference # % of the difference
      accuracy # # # # to #
      matthews # # # # to #
      f1 # # # # to #

      labels # of # the same, # %

      difference of largest mean # % # % # % # %
      logits # # # # # #

      per sentence #, #, # rounds; # in the clear
      time # on shares, # in the clear, # start-up, # sharing the weights
      traffic #: # from the dealer, # online, # with the client
      rounds #
      memory party # #, party # #, party # #
      ring Z_2^#, # fractional bits; SIMD"
    `);
  });

  test('a bare text has no labels to be right or wrong', async () => {
    await writeFile(at('lines.txt'), 'a b c\nd e f g\n');
    const { stdout } = await call(...compare('model', 'lines.txt', '--json'));
    const { metrics, agreement, results } = JSON.parse(stdout);
    expect({ metrics, agreement }).toEqual({ metrics: [], agreement: { same: 2, of: 2, ties: 0 } });
    expect(results.map(({ line, right }: Record<string, unknown>) => [line, right])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });
});

describe('models without labels', () => {
  test('a score for pairs, as STS-B has them', async () => {
    const config = { ...SMALL, id2label: { 0: 'score' } };
    await writeCheckpoint(at('scores'), { config, weights: randomWeights(config) });
    const rows = ['a b', 'c d e', 'f', 'g h'].map((text, i) => `${text},"b, c",${i}.5`);
    await writeFile(at('pairs.csv'), `sentence1,sentence2,score\n${rows.join('\n')}\n`);
    const { stdout, stderr } = await call(
      ...compare('scores', 'pairs.csv', '--preset', 'stsb', '--layers-of', '0', '--json'),
    );
    expect(stderr).toBe('');
    const { metrics, agreement, results } = JSON.parse(stdout);
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual(['pearson', 'spearman']);
    const side = (of: string) => results.map((row: Record<string, { score: number }>) => row[of]!.score);
    expect(metrics[0].plaintext).toBeCloseTo(pearson([0.5, 1.5, 2.5, 3.5], side('plaintext')), 12);
    expect(metrics[0].secure).toBeCloseTo(pearson([0.5, 1.5, 2.5, 3.5], side('secure')), 12);
    expect(agreement).toBeNull();
    expect(results[1]).toMatchObject({ line: 3, text: 'c d e', textPair: 'b, c', right: 1.5 });
  });

  test('a bare encoder: how far its outputs are apart', async () => {
    await writeCheckpoint(at('encoder'), { config: { ...SMALL, architectures: ['BertModel'], id2label: undefined } });
    const { stdout } = await call(...compare('encoder', 'letters.csv', '--json'));
    const { metrics, agreement, logits, results, layersOf } = JSON.parse(stdout);
    expect({ metrics, agreement, layersOf }).toEqual({ metrics: [], agreement: null, layersOf: 2 });
    expect(results[0].secure.logits).toHaveLength(32);
    expect(logits.max).toBeLessThan(0.01);
  });
});

describe('a text to predict', () => {
  test('--json: llama-tiny-shakespeare on two windows', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...compare('llama-tiny-shakespeare', 'play.txt', '--window', '24', '--stride', '16', '--limit', '2', '--json'),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { metrics, agreement, logits, layers, results, data, within, fault } = JSON.parse(stdout);
    const verdict = { within, fault };
    expect(data).toMatchObject({ rows: 2, window: 24, stride: 16 });
    expect(results.map(({ begin, tokens }: Record<string, unknown>) => [begin, tokens])).toEqual([
      [0, 23],
      [16, 16],
    ]);
    const [{ name, plaintext, secure, difference, interval }] = metrics;
    const losses = results.reduce((sum: number, row: { plaintext: { loss: number } }) => sum + row.plaintext.loss, 0);
    expect(name).toBe('perplexity');
    expect(plaintext).toBeCloseTo(Math.exp(losses / 39), 10);
    expect(plaintext).toBeLessThan(200); // of 1024 tokens
    expect(Math.abs(secure / plaintext - 1)).toBeLessThan(0.002);
    expect(difference).toBeCloseTo(secure - plaintext, 12);
    expect(interval[0]).toBeLessThanOrEqual(interval[1]);
    expect(agreement.of).toBe(39);
    expect(agreement.same).toBeGreaterThanOrEqual(38);
    expect(agreement.ties).toBe(39 - agreement.same);
    expect(verdict).toEqual({ within: true, fault: null });
    expect(logits.max).toBeLessThan(0.02);
    expect(layers.map(({ name }: { name: string }) => name).at(-1)).toBe('layer.3');
  });
});

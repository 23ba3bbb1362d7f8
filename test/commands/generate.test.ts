/** `puma infer` of models that generate, by real parties. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/files/root.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { modelFor } from '../../src/models/index.ts';
import { newPast } from '../../src/models/model.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { PlainValue } from '../../src/ops/plain.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { following } from '../../src/runtime/generate.ts';
import { openTokenizer } from '../../src/tokenizers/open.ts';
import { thorough } from '../cases.ts';
import { picks } from '../library/picks.ts';
import { world } from './world.ts';

const { call } = world();
const kernels = loadKernels();

const MODEL = join(projectRoot(), 'models/llama-tiny-shakespeare');
const PROMPT = 'ROMEO:\nWhat';
const count = z.int().nonnegative();

const Generation = z.looseObject({
  model: z.string(),
  task: z.literal('generate'),
  results: z.array(
    z.strictObject({
      prompt: z.union([z.string(), z.array(count)]),
      tokens: z.array(count),
      text: z.string().nullable(),
      logits: z.array(z.array(z.number())).optional(),
    }),
  ),
  perToken: z.array(z.strictObject({ seconds: z.number().positive(), bytes: count, rounds: count })),
  seconds: z.strictObject({ startup: z.number(), share: z.number(), inference: z.number() }),
  bytes: z.looseObject({ dealer: count, online: count, client: count, total: count }),
  rounds: count,
  parties: z.array(z.looseObject({ peakRssBytes: count })).length(3),
  kinds: z.record(z.string(), z.strictObject({ seconds: z.number(), bytes: count, rounds: count })),
  layers: z.array(z.strictObject({ name: z.string(), seconds: z.number() })),
  ring: z.strictObject({ bits: count, fractionBits: count }),
  simd: z.string(),
});

const infer = (...args: string[]) => ['infer', '--model', MODEL, ...args];

async function json(...args: string[]): Promise<z.infer<typeof Generation>> {
  const { stdout, stderr, exitCode } = await call(...args, '--json');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return Generation.parse(JSON.parse(stdout));
}

/** The likeliest tokens, in the clear. */
async function plainTokens(folder: string, ids: readonly number[], n: number): Promise<number[]> {
  const checkpoint = await openCheckpoint(folder);
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  const past = newPast<PlainValue>(model);
  const tokens: number[] = [];
  let query: Query = { ids, types: ids.map(() => 0) };
  while (tokens.length < n) {
    const { output } = await inferPlain({ kernels, model, weights }, query, past);
    tokens.push(output.indexOf(Math.max(...output)));
    query = following(query, tokens.at(-1)!);
  }
  await checkpoint.close();
  return tokens;
}

describe('greedy', () => {
  let report: Awaited<ReturnType<typeof json>>;
  /** The tokens in the clear, and what the first n of them say. */
  let plain: { tokens: number[]; text: (n: number) => string };
  beforeAll(async () => {
    report = await json(...infer('--prompt', PROMPT, '--max-new-tokens', '5'));
    const tokenizer = await openTokenizer(MODEL);
    const { ids } = tokenizer.encode(PROMPT);
    const [before, tokens] = [tokenizer.decode(ids), await plainTokens(MODEL, ids, 5)];
    plain = { tokens, text: (n) => tokenizer.decode([...ids, ...tokens.slice(0, n)]).slice(before.length) };
  });

  test('the tokens are those in the clear, and what each took is told', () => {
    expect(report.results).toEqual([{ prompt: PROMPT, tokens: plain.tokens, text: plain.text(5) }]);
    expect(report.perToken).toHaveLength(5);
    expect(report.perToken.reduce((n, { bytes }) => n + bytes, 0)).toBe(report.bytes.total);
    expect(report.perToken.reduce((n, { rounds }) => n + rounds, 0)).toBe(report.rounds);
    // One more key to look at, and no more: the first token's place is the only one that is computed anew
    const [, second, third, fourth] = report.perToken.map(({ bytes }) => bytes) as [number, number, number, number];
    expect(Math.max(third - second, fourth - third)).toBeLessThan(second / 20);
  });

  thorough('padded: the same text, and a mask in front', async () => {
    const padded = await json(...infer('--prompt', PROMPT, '--max-new-tokens', '3', '--pad-to', '12'));
    expect(padded.results).toEqual([{ prompt: PROMPT, tokens: plain.tokens.slice(0, 3), text: plain.text(3) }]);
    expect(padded.perToken[0]!.bytes).toBeGreaterThan(report.perToken[0]!.bytes);
  });

  thorough('several prompts, one after the other; it ends at a text', async () => {
    const report = await json(...infer('--prompt', 'A', '--prompt', 'B', '--max-new-tokens', '4', '--stop', 'e'));
    expect(report.results.map(({ prompt }) => prompt)).toEqual(['A', 'B']);
    for (const { text } of report.results) expect(text).not.toContain('e');
    expect(report.perToken).toHaveLength(report.results.reduce((n, { tokens }) => n + tokens.length, 0));
  });

  test('for people: the text as it comes, then what it took', async () => {
    const { stdout, exitCode } = await call(...infer('--prompt', PROMPT, '--max-new-tokens', '2'));
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(`${PROMPT}${plain.text(2)}\n`)).toBe(true);
    expect(stdout).toMatch(/\n2 new tokens +time +traffic +rounds\n/);
    expect(stdout).toMatch(/\nthe prompt and token 1 .*\neach token after it, median .*\n/);
  });
});

describe('token ids', () => {
  const FOLDER = join(projectRoot(), 'test/golden/models/gpt2-tied'); // has no tokenizer

  test('a folder without a tokenizer works: ids in, ids out', async () => {
    const report = await json('infer', '--model', FOLDER, '--input-ids', '11, 3,7', '--max-new-tokens', '4');
    expect(report.results).toEqual([
      { prompt: [11, 3, 7], tokens: await plainTokens(FOLDER, [11, 3, 7], 4), text: null },
    ]);
    const { stdout } = await call('infer', '--model', FOLDER, '--input-ids', '11,3,7', '--max-new-tokens', '1');
    expect(stdout.startsWith(` 11 3 7 ${report.results[0]!.tokens[0]}\n`)).toBe(true);
  });

  test('in place of a text, of a synthetic model too', async () => {
    const { stdout } = await call(
      'infer',
      '--model',
      'synthetic:bert-tiny-sst2',
      '--layers',
      '1',
      '--input-ids',
      '2,5,3',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ task: 'classify', results: [{ text: '2,5,3' }] });
  });
});

describe('logits', () => {
  const sampled = [
    '--prompt',
    PROMPT,
    '--max-new-tokens',
    '2',
    '--reveal',
    'logits',
    '--temperature',
    '2',
    '--seed',
    '5',
  ];

  test('the client samples with the seed from the logits it is shown', async () => {
    const { tokens, logits } = (await json(...infer(...sampled))).results[0]!;
    expect(logits!.map((row) => row.length)).toEqual([1024, 1024]);
    expect(tokens).toEqual(picks(logits!, { temperature: 2 }, 5));
  });

  test('only if the model owner permits it', async () => {
    await call('share-weights', '--model', MODEL, '--out', 'closed');
    await call('share-weights', '--model', MODEL, '--out', 'open', '--permit-logits');
    const { stderr, exitCode } = await call(...infer(...sampled, '--shares', 'closed'));
    expect({ lines: stderr.split('\n'), exitCode }).toEqual({
      lines: [
        'puma: these shares permit the next token only, no logits (E_REVEAL)',
        '  Leave out --reveal, or have the model owner share the weights with --permit-logits.',
      ],
      exitCode: 2,
    });
    const report = await json(...infer(...sampled, '--shares', 'open'));
    expect(report.results[0]!.logits).toHaveLength(2);
    expect(
      (await json(...infer('--prompt', PROMPT, '--max-new-tokens', '1', '--shares', 'closed'))).perToken,
    ).toHaveLength(1);
  });
});

describe('compare-plaintext', () => {
  test('shows the next token both ways, and every layer', async () => {
    const { stdout, exitCode } = await call('compare-plaintext', '--model', MODEL, '--prompt', PROMPT);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('next tokens  the same');
    for (const name of ['embeddings', 'layer.0', 'layer.3', 'logits']) expect(stdout).toContain(`\n${name}`);
  });
});

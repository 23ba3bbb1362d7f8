/** `puma infer` of models that generate, as real processes. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
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
import { picks } from '../library/picks.ts';
import { world } from './world.ts';

const { at, puma } = world();
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
  const { stdout, stderr, exitCode } = await puma(...args, '--json');
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
  test('the tokens are those in the clear, and what each took is told', async () => {
    const report = await json(...infer('--prompt', PROMPT, '--max-new-tokens', '5'));
    const tokenizer = await openTokenizer(MODEL);
    const { ids } = tokenizer.encode(PROMPT);
    const want = await plainTokens(MODEL, ids, 5);
    const [result] = report.results as [(typeof report.results)[number]];
    expect(result).toEqual({ prompt: PROMPT, tokens: want, text: expect.any(String) });
    expect(tokenizer.decode([...ids, ...want])).toBe(tokenizer.decode(ids) + result.text);
    expect(report.perToken).toHaveLength(5);
    expect(report.perToken.reduce((n, { bytes }) => n + bytes, 0)).toBe(report.bytes.total);
    expect(report.perToken.reduce((n, { rounds }) => n + rounds, 0)).toBe(report.rounds);
    // One more key to look at, and no more: the first token's place is the only one that is computed anew
    const [, second, third, fourth] = report.perToken.map(({ bytes }) => bytes) as [number, number, number, number];
    expect(Math.max(third - second, fourth - third)).toBeLessThan(second / 20);
  });

  test('padded: the same text, and a mask in front', async () => {
    const [plain, padded] = [
      await json(...infer('--prompt', PROMPT, '--max-new-tokens', '3')),
      await json(...infer('--prompt', PROMPT, '--max-new-tokens', '3', '--pad-to', '12')),
    ];
    expect(padded.results).toEqual(plain.results);
    expect(padded.perToken[0]!.bytes).toBeGreaterThan(plain.perToken[0]!.bytes);
  });

  test('several prompts, one after the other; it ends at a text', async () => {
    const report = await json(...infer('--prompt', 'A', '--prompt', 'B', '--max-new-tokens', '4', '--stop', 'e'));
    expect(report.results.map(({ prompt }) => prompt)).toEqual(['A', 'B']);
    for (const { text } of report.results) expect(text).not.toContain('e');
    expect(report.perToken).toHaveLength(report.results.reduce((n, { tokens }) => n + tokens.length, 0));
  });

  test('for people: the text as it comes, then what it took', async () => {
    const { stdout, exitCode } = await puma(...infer('--prompt', PROMPT, '--max-new-tokens', '2'));
    const [result] = (await json(...infer('--prompt', PROMPT, '--max-new-tokens', '2'))).results;
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(`${PROMPT}${result!.text}\n`)).toBe(true);
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
    const { stdout } = await puma('infer', '--model', FOLDER, '--input-ids', '11,3,7', '--max-new-tokens', '1');
    expect(stdout.startsWith(` 11 3 7 ${report.results[0]!.tokens[0]}\n`)).toBe(true);
  });

  test('in place of a text, of a synthetic model too', async () => {
    const { stdout } = await puma(
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
    '3',
    '--reveal',
    'logits',
    '--temperature',
    '2',
    '--seed',
    '5',
  ];

  test('the client samples with the seed from the logits it is shown', async () => {
    const { tokens, logits } = (await json(...infer(...sampled))).results[0]!;
    expect(logits!.map((row) => row.length)).toEqual([1024, 1024, 1024]);
    expect(tokens).toEqual(picks(logits!, { temperature: 2 }, 5));
  });

  test('only if the model owner permits it', async () => {
    await puma('share-weights', '--model', MODEL, '--out', 'closed');
    await puma('share-weights', '--model', MODEL, '--out', 'open', '--permit-logits');
    const { stderr, exitCode } = await puma(...infer(...sampled, '--shares', 'closed'));
    expect({ lines: stderr.split('\n'), exitCode }).toEqual({
      lines: [
        'puma: these shares permit the next token only, no logits (E_REVEAL)',
        '  Leave out --reveal, or have the model owner share the weights with --permit-logits.',
      ],
      exitCode: 2,
    });
    const report = await json(...infer(...sampled, '--shares', 'open'));
    expect(report.results[0]!.logits).toHaveLength(3);
    expect(
      (await json(...infer('--prompt', PROMPT, '--max-new-tokens', '1', '--shares', 'closed'))).perToken,
    ).toHaveLength(1);
  });
});

describe('compare-plaintext', () => {
  test('shows the next token both ways, and every layer', async () => {
    const { stdout, exitCode } = await puma('compare-plaintext', '--model', MODEL, '--prompt', PROMPT);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('next tokens  the same');
    for (const name of ['embeddings', 'layer.0', 'layer.3', 'logits']) expect(stdout).toContain(`\n${name}`);
  });
});

describe('bad input', () => {
  const ids = (n: number) => Array(n).fill(7).join(',');
  beforeAll(async () => {
    const damaged = async (name: string, change: (config: Record<string, unknown>) => object) => {
      await cp(MODEL, at(name), { recursive: true });
      const config = JSON.parse(await readFile(at(name, 'config.json'), 'utf8'));
      await writeFile(at(name, 'config.json'), JSON.stringify(change(config)));
    };
    await damaged('su', (config) => ({
      ...config,
      rope_parameters: { rope_theta: 1e4, rope_type: 'su', factor: 2 },
    }));
    await damaged('keyless', ({ hidden_size: _, ...config }) => config);
    await damaged('fewer', (config) => ({ ...config, vocab_size: 1000 }));
    await damaged('bare', (config) => config);
    await rm(at('bare', 'tokenizer.json'));
    await damaged('odd', (config) => ({ ...config, num_key_value_heads: 3 }));
  });

  const FIT = 'Shorten the text, or choose --max-new-tokens';
  const cases: [what: string, args: string[], message: string, hint: string][] = [
    [
      'more than the context',
      infer('--input-ids', ids(257)),
      `--input-ids ${ids(257)} has 257 tokens; the model takes 256 (E_LENGTH)`,
      'Shorten the text.',
    ],
    [
      'more with the new tokens',
      infer('--input-ids', ids(250), '--max-new-tokens', '8'),
      `--input-ids ${ids(250)} has 250 tokens, and 8 are to follow; the model takes 256 (E_LENGTH)`,
      `${FIT} 7 or less.`,
    ],
    [
      'an id that is none',
      infer('--input-ids', '5,x'),
      '--input-ids "5,x" is no list of token ids (E_TOKEN)',
      'Give whole numbers with commas between them: 5,17,2',
    ],
    [
      'an id beyond the vocabulary',
      infer('--input-ids', '5,1024'),
      'token id 1024 at 1 is not in 0..1023 (E_TOKEN)',
      'is this the tokenizer that came with the checkpoint?',
    ],
    [
      'sampling without logits',
      infer('--prompt', 'a', '--top-k', '3'),
      'sampling takes logits (E_REVEAL)',
      'Add --reveal logits, or leave out what samples.',
    ],
    [
      'a share of more than all',
      infer('--prompt', 'a', '--top-p', '1.5'),
      "option '--top-p <p>' argument '1.5' is invalid. It must be a number from 0 to 1. (E_USAGE)",
      'try puma infer --help',
    ],
    [
      'an unknown kind of rotary scaling',
      ['infer', '--model', 'su', '--prompt', 'a'],
      'config.json: rope_parameters.rope_type is "su", expected default, linear, dynamic, yarn, longrope, llama3 or proportional (E_CONFIG)',
      'use the config.json that came with the checkpoint',
    ],
    [
      'a config without a key',
      ['infer', '--model', 'keyless', '--prompt', 'a'],
      'config.json: hidden_size is missing (E_CONFIG)',
      'use the config.json that came with the checkpoint',
    ],
    [
      'heads that do not share evenly',
      ['infer', '--model', 'odd', '--prompt', 'a'],
      'config.json: num_attention_heads is 4, expected a multiple of num_key_value_heads (3) (E_CONFIG)',
      'use the config.json that came with the checkpoint',
    ],
    [
      'a tokenizer of another vocabulary',
      ['infer', '--model', 'fewer', '--prompt', 'a'],
      'model.embed_tokens.weight is [1024, 128]; llama expects [1000, 128] (E_SHAPE)',
      "The weights in ./fewer/model.safetensors do not fit the model's configuration.",
    ],
    [
      'a stop text without a tokenizer',
      ['infer', '--model', 'bare', '--input-ids', '1', '--stop', 'x'],
      '--stop takes a text, and there is no tokenizer (E_TOKENIZER)',
      'Leave out --stop.',
    ],
    [
      'a text for a synthetic model',
      ['infer', '--model', 'synthetic:gpt2', '--prompt', 'a'],
      'synthetic:gpt2 is given a text, but synthetic models have no tokenizer (E_TOKENIZER)',
      'Give token ids instead (--input-ids).',
    ],
    [
      'another ring than that of the shares',
      ['infer', '--model', MODEL, '--shares', 'closed', '--prompt', 'a', '--linear-ring', '40,12,13'],
      'closed holds shares in rings of their own (E_RING)',
      'Leave out --linear-ring, or share the weights again with it.',
    ],
  ];
  test.each(cases)('%s', async (_, args, message, hint) => {
    const { stdout, stderr, exitCode } = await puma(...args);
    expect({ stdout, lines: stderr.split('\n'), exitCode }).toEqual({
      stdout: '',
      lines: [`puma: ${message}`, `  ${hint}`],
      exitCode: 2,
    });
  });
});

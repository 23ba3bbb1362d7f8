/** What generation_config.json does, as transformers does it (scripts/golden/steering.py), with a model in the clear for the parties. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { readGeneration } from '../../src/loaders/generation.ts';
import { modelFor } from '../../src/models/index.ts';
import { newPast } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { hotInput, type PlainValue, plainOps } from '../../src/ops/plain.ts';
import type { Answer } from '../../src/runtime/client.ts';
import { generate, type Infer } from '../../src/runtime/generate.ts';
import { keptOf, pick } from '../../src/runtime/sample.ts';
import { scratch } from '../shares/helpers.ts';

type Golden = {
  what: string;
  generation: Record<string, unknown> | null;
  config: Record<string, unknown>;
  new: number;
  prompt: number[];
  tokens?: number[];
  error?: string;
};

const FOLDER = join(projectRoot(), 'test/golden');
const { model, logits, draws, cases } = JSON.parse(readFileSync(join(FOLDER, 'steering.json'), 'utf8')) as {
  model: string;
  logits: number[];
  draws: { generation: Record<string, unknown>; shares: Record<string, number> }[];
  cases: Golden[];
};
const path = scratch();

const checkpoint = await openCheckpoint(join(FOLDER, 'models', model));
afterAll(() => checkpoint.close());

/** Answers with logits, or with the index of the largest. */
async function inClear(): Promise<Infer> {
  const { config, names, read } = checkpoint;
  const program = modelFor(config);
  const ops = plainOps(loadKernels(), plannedWeights(program.plan(names), read));
  const past = newPast<PlainValue>(program);
  const traffic = { sent: 0, received: 0 };
  const report = { traffic: { 0: traffic, 1: traffic, 2: traffic, client: traffic } };
  return async ({ ids, types, from = 0, reveal }) => {
    const rows = hotInput(program.hotRows(ids, types, from));
    const { data } = await program.forward(ops, { tokens: ids.length, rows, past });
    const output = Float64Array.from(reveal === 'logits' ? data : [data.indexOf(Math.max(...data))]);
    return { output, layers: [], rounds: 0, seconds: 0, reports: [report, report, report] } as unknown as Answer;
  };
}

async function generationOf(name: string, file: Golden['generation'], config: Golden['config']) {
  await mkdir(path(name), { recursive: true });
  if (file) await writeFile(path(name, 'generation_config.json'), JSON.stringify(file));
  return readGeneration(path(name), config);
}

const titled = cases.map((golden) => [golden.what, golden.prompt.length, golden] as const);

test.each(titled)('%s, after %i tokens', async (what, n, golden) => {
  const found = await generationOf(`${what} ${n}`, golden.generation, golden.config);
  expect(found.beyond !== undefined).toBe(golden.error !== undefined);
  if (golden.error) return;
  const query = { ids: golden.prompt, types: golden.prompt.map(() => 0) };
  const steps = { maxNewTokens: golden.new, eos: found.eosIds, logits: true, steering: found.steering };
  const tokens: number[] = [];
  for await (const { id } of generate(await inClear(), query, steps)) tokens.push(id);
  expect(tokens).toEqual(golden.tokens);
});

test('what is forced needs no logits', async () => {
  const { prompt, generation, tokens } = cases.find(({ what, prompt }) => what === 'last tokens' && prompt.length > 1)!;
  const { steering } = await generationOf('forced', generation, {});
  const found: number[] = [];
  const query = { ids: prompt, types: prompt.map(() => 0) };
  for await (const { id } of generate(await inClear(), query, { maxNewTokens: 8, steering })) found.push(id);
  expect(found).toEqual(tokens);
});

test.each(draws.map(({ generation, shares }) => [JSON.stringify(generation), generation, shares] as const))(
  'what is drawn among: %s',
  async (name, file, shares) => {
    const { sampling } = await generationOf(name, { do_sample: true, ...file }, {});
    const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
    const weightOf = (id: number) => Math.exp((logits[id]! - 3) / sampling.temperature!);
    const kept = keptOf(order, weightOf, sampling).sort((a, b) => a - b);
    expect(kept.map(String)).toEqual(Object.keys(shares));
    const sum = kept.reduce((all, id) => all + weightOf(id), 0);
    for (const id of kept) expect(weightOf(id) / sum).toBeCloseTo(shares[id]!, 5);
    let below = 0; // a draw at the middle of a token's share gives that token
    for (const id of kept) {
      expect(pick(Float64Array.from(logits), sampling, () => below + shares[id]! / 2)).toBe(id);
      below += shares[id]!;
    }
  },
);

/** Text that three processes generate, against the plain interpreter and transformers (test/golden, made by scripts/golden). */
import { expect, test } from 'vitest';
import { newPast } from '../../src/models/model.ts';
import type { Query } from '../../src/models/query.ts';
import type { PlainValue } from '../../src/ops/plain.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { following, generate } from '../../src/runtime/generate.ts';
import { argmax, golden, kernels, type LocalRun, shared, withModel } from './local-run.ts';

type Case = { model: string; prompt: string; input_ids: number[]; generated_ids: number[] };

const CASES: Case[] = golden('generation.json').cases;
const queryOf = (ids: readonly number[]): Query => ({ ids, types: ids.map(() => 0) });

/** The likeliest tokens in the clear, and how far ahead of the next each of them is; along these tokens instead, if given. */
async function inTheClear({ model, weights }: LocalRun, prompt: Query, n: number, along?: readonly number[]) {
  const past = newPast<PlainValue>(model);
  const steps: { id: number; logits: Float32Array }[] = [];
  let query = prompt;
  while (steps.length < n) {
    const { output: logits } = await inferPlain({ kernels, model, weights }, query, past);
    const id = argmax(logits);
    steps.push({ id, logits });
    query = following(query, along?.[steps.length - 1] ?? id);
  }
  return steps;
}

test('stories260K: 5 prompts, 100 tokens each', async () => {
  const cases = CASES.filter(({ model }) => model === 'stories260K');
  const result = { tokens: 0, equal: 0, plainEqual: 0, largestGap: 0, seconds: 0 };
  await withModel(shared('models', 'stories260K'), async (run) => {
    for (const { input_ids, generated_ids } of cases) {
      const prompt = queryOf(input_ids);
      const n = generated_ids.length;
      const plain = await inTheClear(run, prompt, n);
      result.plainEqual += plain.filter(({ id }, i) => id === generated_ids[i]).length;
      const secure: number[] = [];
      for await (const { id, seconds } of generate((query) => run.parties.infer(query), prompt, { maxNewTokens: n })) {
        secure.push(id);
        result.seconds += seconds;
      }
      // Where they part, each goes its own way: what counts is every choice after the same text
      const same = await inTheClear(run, prompt, n, secure);
      for (const [i, { id, logits }] of same.entries()) {
        result.tokens += 1;
        result.equal += Number(secure[i] === id);
        result.largestGap = Math.max(result.largestGap, logits[id]! - logits[secure[i]!]!);
      }
    }
  });
  console.log(result);
  expect(result.tokens).toBe(500);
  expect(result.plainEqual).toBe(500);
  expect(result.equal).toBeGreaterThanOrEqual(498);
  expect(result.largestGap).toBeLessThan(0.02);
});

test.each(['gpt2-tiny-shakespeare', 'llama-tiny-shakespeare'])('%s: 50 windows of 64 tokens', async (name) => {
  const { cases, perplexity } = golden('windows.json');
  const windows = cases.filter(({ model }: Case) => model === name).slice(0, 50);
  const result = { windows: 0, logitsMax: 0, plainLoss: 0, secureLoss: 0, plainToTransformers: 0, seconds: 0 };
  await withModel(name, async (run) => {
    for (const { input_ids, loss } of windows) {
      const query: Query = { ...queryOf(input_ids), reveal: 'every' };
      const { output: plain } = await inferPlain({ kernels, ...run }, query);
      const { output: secure, seconds } = await run.parties.infer(query);
      const plainLoss = lossOf(plain, input_ids, run.model.outputs);
      result.windows += 1;
      result.seconds += seconds;
      result.plainLoss += plainLoss / windows.length;
      result.secureLoss += lossOf(secure, input_ids, run.model.outputs) / windows.length;
      result.plainToTransformers = Math.max(result.plainToTransformers, Math.abs(plainLoss - loss));
      secure.forEach((logit, i) => {
        result.logitsMax = Math.max(result.logitsMax, Math.abs(logit - plain[i]!));
      });
    }
  });
  const [plain, secure] = [Math.exp(result.plainLoss), Math.exp(result.secureLoss)];
  console.log({ name, ...result, perplexity: { transformers: perplexity[name], plain, secure } });
  expect(result.windows).toBe(50);
  expect(result.plainToTransformers).toBeLessThan(1e-4);
  expect(result.logitsMax).toBeLessThan(0.01);
  expect(Math.abs(secure / plain - 1)).toBeLessThan(0.002);
});

/** The mean loss of predicting each token from those before it: logits [n, vocabulary]. */
function lossOf(logits: ArrayLike<number>, ids: readonly number[], vocabulary: number): number {
  let total = 0;
  for (let i = 0; i + 1 < ids.length; i++) {
    let [largest, sum] = [Number.NEGATIVE_INFINITY, 0];
    for (let v = 0; v < vocabulary; v++) largest = Math.max(largest, logits[i * vocabulary + v]!);
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(logits[i * vocabulary + v]! - largest);
    total += Math.log(sum) + largest - logits[i * vocabulary + ids[i + 1]!]!;
  }
  return total / (ids.length - 1);
}

import { loadKernels } from '../../src/kernels/index.ts';
import { openModel, openModelTokenizer } from '../../src/loaders/open-model.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import { newPast } from '../../src/models/model.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { PlainValue } from '../../src/ops/plain.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { following } from '../../src/runtime/generate.ts';

const kernels = loadKernels();

/** The n likeliest tokens that go on with a prompt, in the clear, and what they say. */
export async function plainTokens(name: string, prompt: string, n: number): Promise<{ ids: number[]; text: string }> {
  const found = await resolveModel(name);
  const tokenizer = await openModelTokenizer(found);
  const checkpoint = await openModel(found, kernels);
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  const past = newPast<PlainValue>(model);
  const ids: number[] = [];
  let query: Query = tokenizer.encode(prompt);
  while (ids.length < n) {
    const { output } = await inferPlain({ kernels, model, weights }, query, past);
    ids.push(output.indexOf(Math.max(...output)));
    query = following(query, ids.at(-1)!);
  }
  await checkpoint.close();
  const before = tokenizer.encode(prompt).ids;
  return { ids, text: tokenizer.decode([...before, ...ids]).slice(tokenizer.decode(before).length) };
}

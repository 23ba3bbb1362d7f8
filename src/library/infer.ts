import { answer, type InferResult, type Question } from './answer.ts';
import type { ModelChoice } from './model.ts';
import { type Parties, planFor } from './parties.ts';
import { checkTask, queryOf } from './query.ts';
import { type RunOptions, run } from './running.ts';

export type InferOptions = Question & ({ parties: Parties } | ({ parties?: undefined } & ModelChoice & RunOptions));

/**
 * Answers a text by three parties, none of which sees the text, a weight or the answer. Given a model, it shares the weights, starts the
 * parties, asks, and removes everything again; given parties that run, it asks them.
 *
 *     const { label, scores } = await infer({ model: 'bert-tiny-sst2', text: 'a quietly moving film' });
 *
 * @returns label, scores (they sum to 1) and logits; of a model that embeds, the pooled output as logits
 * @throws PumaError E_TEXT, E_LENGTH (too long), E_TOKEN, E_TOKENIZER, E_TASK (the model generates); given a model, what shareWeights() and
 *   startParties() throw; given parties, E_BUSY and E_CLOSED; the signal's reason
 */
export async function infer(options: InferOptions): Promise<InferResult> {
  if (options.parties) return options.parties.infer(options);
  const plan = await planFor(options);
  checkTask(plan.reader, false);
  queryOf(plan.reader, options); // mistakes are told before anything is made
  const running = await run(plan, options);
  try {
    return await answer(running, options);
  } finally {
    await running.close();
  }
}

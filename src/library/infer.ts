import { anything, checkOptions } from './fields.ts';
import type { Parties } from './parties.ts';
import { answer, type InferResult, QUESTION_FIELDS, type Question } from './run/answer.ts';
import { MODEL_FIELDS, type ModelChoice } from './run/model.ts';
import { RUN_FIELDS, type RunOptions } from './run/options.ts';
import { prepareRun } from './run/run.ts';
import { checkTask } from './run/task.ts';

export type InferOptions = Question & ({ parties: Parties } | ({ parties?: undefined } & ModelChoice & RunOptions));

const FIELDS = { ...RUN_FIELDS, ...MODEL_FIELDS, ...QUESTION_FIELDS, parties: anything };

/**
 * Answers a text by three parties, none of which sees the text, a weight or the answer. Given a model, it shares the weights, starts the
 * parties, asks, and removes everything again; given parties that run, it asks them.
 *
 *     const { label, scores } = await infer({ model: 'bert-tiny-sst2', text: 'a quietly moving film' });
 *
 * @returns label, scores (as transformers makes them of the logits) and logits; of a model that embeds, the pooled output as logits
 * @throws PumaError E_OPTION, E_TEXT, E_LENGTH (too long), E_TOKEN, E_TOKENIZER, E_TASK (the model generates); given a model, what
 *   shareWeights() and startParties() throw; given parties, E_CLOSED; the signal's reason
 */
export async function infer(options: InferOptions): Promise<InferResult> {
  checkOptions(FIELDS, options);
  const { parties, ...question } = options;
  if (parties) return parties.infer(question);
  const run = await prepareRun(options);
  checkTask(run.reader, false);
  run.query(options); // mistakes are told before anything is made
  const running = await run.start();
  try {
    return await answer(running, options);
  } finally {
    await running.close();
  }
}

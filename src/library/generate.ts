import { anything, checkOptions } from './fields.ts';
import type { Parties } from './parties.ts';
import { continuationOf, continueText, type Piece } from './run/continue.ts';
import { MODEL_FIELDS, type ModelChoice } from './run/model.ts';
import { RUN_FIELDS, type RunOptions } from './run/options.ts';
import { PROMPT_FIELDS, type Prompt } from './run/prompt.ts';
import { prepareRun } from './run/run.ts';

export type GenerateOptions = Prompt & ({ parties: Parties } | ({ parties?: undefined } & ModelChoice & RunOptions));

const FIELDS = { ...RUN_FIELDS, ...MODEL_FIELDS, ...PROMPT_FIELDS, parties: anything };

/**
 * Goes on with a text, token by token, by three parties of which none sees the text or a weight. Only the id of each new token is opened, to
 * this process; with `reveal: 'logits'` all logits are, and the token is chosen here. Given a model, everything that was made is removed when
 * the text ends, or when the loop is left.
 *
 *     for await (const { text } of generate({ model: 'llama-tiny-shakespeare', prompt: 'ROMEO:\n' })) process.stdout.write(text);
 *
 * @returns the new tokens, one by one; nothing is done before the first is asked for
 * @throws PumaError E_OPTION, E_TEXT, E_LENGTH (no room for so many tokens), E_TOKEN, E_TOKENIZER, E_TASK (the model does not generate),
 *   E_REVEAL (logits are not permitted); given a model, what shareWeights() and startParties() throw; given parties, E_CLOSED; the signal's
 *   reason
 */
export async function* generate(options: GenerateOptions): AsyncGenerator<Piece, void, undefined> {
  checkOptions(FIELDS, options);
  const { parties, ...prompt } = options;
  if (parties) return yield* parties.generate(prompt);
  const run = await prepareRun(options);
  continuationOf(run.reader, run.permits, options); // mistakes are told before anything is made
  const running = await run.start();
  try {
    yield* continueText(running, options);
  } finally {
    await running.close();
  }
}

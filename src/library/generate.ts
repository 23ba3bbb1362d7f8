import { continuationOf, continueText, type Piece, type Prompt } from './continue.ts';
import type { ModelChoice } from './model.ts';
import { type Parties, planFor } from './parties.ts';
import { type RunOptions, run } from './running.ts';

export type GenerateOptions = Prompt & ({ parties: Parties } | ({ parties?: undefined } & ModelChoice & RunOptions));

/**
 * Goes on with a text, token by token, by three parties of which none sees the text or a weight. Only the id of each new token is opened, to
 * this process; with `reveal: 'logits'` all logits are, and the token is chosen here. Given a model, everything that was made is removed when
 * the text ends, or when the loop is left.
 *
 *     for await (const { text } of generate({ model: 'llama-tiny-shakespeare', prompt: 'ROMEO:\n' })) process.stdout.write(text);
 *
 * @returns the new tokens, one by one; nothing is done before the first is asked for
 * @throws PumaError E_TEXT, E_LENGTH (no room for so many tokens), E_TOKEN, E_TOKENIZER, E_TASK (the model does not generate), E_REVEAL (logits
 *   are not permitted), E_OPTION; given a model, what shareWeights() and startParties() throw; given parties, E_BUSY and E_CLOSED; the signal's
 *   reason
 */
export async function* generate(options: GenerateOptions): AsyncGenerator<Piece, void, undefined> {
  if (options.parties) return yield* options.parties.generate(options);
  const plan = await planFor(options);
  continuationOf(plan.reader, 'logits', options); // mistakes are told before anything is made
  const running = await run(plan, options);
  try {
    yield* continueText(running, options);
  } finally {
    await running.close();
  }
}

import { PumaError } from '../errors.ts';
import type { Task } from '../heads/index.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { checkFit, readShares } from '../shares/share-model.ts';
import { answer, type InferResult, type Question } from './answer.ts';
import { continueText, type Piece, type Prompt } from './continue.ts';
import { findModel, type LinearRing, type ModelChoice, nameModel, readerOf, readerOfShares } from './model.ts';
import { type Plan, type Running, type RunOptions, run } from './running.ts';

export type StartOptions = RunOptions & {
  /** The folder that shareWeights() made. Without it the model is shared first, for these parties alone. */
  shares?: string | undefined;
  /** Of shares: whose tokenizer reads texts, where that is not a model found by the name in the manifest. */
  model?: string | ResolvedModel | undefined;
  layers?: number | undefined;
  linearRing?: LinearRing | undefined;
  /** Of a model without shares: the plan of its rings. */
  calibration?: string | undefined;
};

/**
 * Three party processes on this machine, each with its share of a model, and this process as their client. Weights and prompts are
 * shared among them; only answers come back. Close them: until then they keep their memory, and this process does not end.
 */
export class Parties {
  constructor(private readonly running: Running) {}

  get model(): { name: string; task: Task; labels: readonly string[]; maxTokens: number; vocabularySize: number } {
    const { name, program } = this.running.reader;
    const { head, labels, maxTokens, vocabularySize } = program;
    return { name, task: head.name, labels, maxTokens, vocabularySize };
  }

  /** The token ids that a text is for the model, special ones included. Throws E_TOKENIZER where there is no tokenizer. */
  tokenize(text: string, pair?: string): number[] {
    const { tokenizer, noTokenizer } = this.running.reader;
    if (!tokenizer) throw noTokenizer;
    return tokenizer.encode(text, pair).ids;
  }

  /** Like infer(). Calls at the same time are answered one after the other. */
  async infer(question: Question): Promise<InferResult> {
    return answer(this.running, question);
  }

  /** Like generate(). One text at a time: until it ends, or its loop is left, every other call throws E_BUSY. */
  generate(prompt: Prompt): AsyncGenerator<Piece, void, undefined> {
    return continueText(this.running, prompt);
  }

  /** Ends the three processes and removes their files. Who still waits for an answer is told E_CLOSED. */
  close(): Promise<void> {
    return this.running.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts three parties on this machine and waits until they are ready to answer.
 *
 *     const parties = await startParties({ shares: 'shares' });
 *     try {
 *       console.log(await parties.infer({ text: 'a quietly moving film' }));
 *     } finally {
 *       await parties.close();
 *     }
 *
 * or `await using parties = await startParties(...)`. An abort of `signal`, now or later, ends the parties and removes all they had.
 *
 * @throws PumaError E_SHARES (no shares there, or of another model), E_PARTY (a party died), what a party has to say (E_KEY, E_MANIFEST,
 *   ...), E_TEMP; with a model instead of shares, what shareWeights() throws; the signal's reason. Nothing is left then.
 */
export async function startParties(options: StartOptions): Promise<Parties> {
  return new Parties(await run(await planOf(options), options));
}

async function planOf({ shares, model, layers, linearRing, calibration, signal }: StartOptions): Promise<Plan> {
  const choice = model === undefined ? undefined : { model, layers, linearRing, calibration };
  if (shares === undefined) {
    if (choice) return planFor({ ...choice, signal });
    throw new PumaError('E_SHARES', 'there are neither shares nor a model', "Give shares: 'FOLDER', or model: 'NAME'.");
  }
  const manifest = await readShares(shares);
  for (const [name, given] of Object.entries({ linearRing, calibration })) {
    if (given === undefined) continue;
    throw new PumaError('E_RING', `${shares} holds shares in rings of their own`, `Leave out ${name}.`);
  }
  if (!choice) return { reader: await readerOfShares(shares, manifest), from: { shares, manifest } };
  const reader = await readerOf(await nameModel(choice));
  checkFit(shares, manifest, reader, reader.program);
  return { reader, from: { shares, manifest } };
}

/** A model that is shared for one run alone. */
export async function planFor(
  choice: ModelChoice & Pick<RunOptions, 'signal'>,
): Promise<Plan & { from: { model: ResolvedModel } }> {
  const model = await findModel(choice, choice.signal);
  return { reader: await readerOf(model), from: { model } };
}

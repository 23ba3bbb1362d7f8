import type { Task } from '../heads/index.ts';
import { CHAT_FIELDS, type ChatOptions, Conversation } from './chat/conversation.ts';
import { checkOptions } from './fields.ts';
import { answer, type InferResult, QUESTION_FIELDS, type Question } from './run/answer.ts';
import { continueText, type Piece } from './run/continue.ts';
import { PROMPT_FIELDS, type Prompt } from './run/prompt.ts';
import { prepareRun, type Run, START_FIELDS, type StartOptions } from './run/run.ts';
import type { Running, RunReport } from './run/running.ts';

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

  /** The text of these tokens; undefined where there is no tokenizer. */
  decode(ids: readonly number[]): string | undefined {
    return this.running.reader.tokenizer?.decode(ids);
  }

  /** Like infer(). Calls at the same time are answered one after the other. */
  async infer(question: Question): Promise<InferResult> {
    checkOptions(QUESTION_FIELDS, question);
    return answer(this.running, question);
  }

  /**
   * Like generate(). Parties write one text at a time: calls wait until it ends, or its loop is left. While others wait, a text is written to
   * its end at once, whether or not its loop goes on.
   */
  async *generate(prompt: Prompt): AsyncGenerator<Piece, void, undefined> {
    checkOptions(PROMPT_FIELDS, prompt);
    yield* continueText(this.running, prompt);
  }

  /**
   * Begins a conversation with a model that has a chat template: `for await (const { text } of chat.say('Hello')) ...`. The parties keep
   * what was said between turns, as long as they are not asked anything else: then they read it again.
   * Throws E_TASK, E_TOKENIZER, E_CHAT (no template).
   */
  chat(options: ChatOptions = {}): Conversation {
    checkOptions(CHAT_FIELDS, options);
    return new Conversation(this.running, options);
  }

  /** What all answers so far took, and sharing the weights and starting the parties. */
  report(): RunReport {
    return this.running.report();
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
  checkOptions(START_FIELDS, options);
  return partiesOf(await prepareRun(options));
}

/** The parties of a run that is prepared. Throws what startParties() throws. */
export const partiesOf = async (run: Run): Promise<Parties> => new Parties(await run.start());

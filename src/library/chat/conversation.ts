import { call, option, PumaError, words } from '../../errors.ts';
import type { Message } from '../../tokenizers/chat/messages.ts';
import { text as string } from '../fields.ts';
import { chatText } from '../run/chat-text.ts';
import { continueText, type Piece } from '../run/continue.ts';
import { PROMPT_FIELDS, type Prompt } from '../run/prompt.ts';
import type { Reader } from '../run/reader.ts';
import type { Running } from '../run/running.ts';
import { checkTask } from '../run/task.ts';

/** How answers are chosen, and what the model is told before anybody speaks. */
export type ChatOptions = Omit<Prompt, 'prompt' | 'ids' | 'messages' | 'where' | 'padTo' | 'signal'> & {
  /** The system's message, if the template has one. */
  system?: string | undefined;
};

const { prompt: _p, ids: _i, messages: _m, where: _w, padTo: _t, signal: _s, ...CHOICE } = PROMPT_FIELDS;
export const CHAT_FIELDS = { ...CHOICE, system: string };

/** An answer has so many tokens at most, unless somebody says otherwise. */
export const CHAT_TOKENS = 256;

/**
 * A conversation with a model. The parties keep the keys and values of what has been said: of each turn they read what is new. Where the
 * template writes earlier turns in another way than before, they go back to where it differs.
 */
export class Conversation {
  private said: Message[] = [];
  /** By this the parties' keys and values are known as those of this conversation. */
  private thread = {};
  private answering = false;

  constructor(
    private readonly running: Running,
    private readonly options: ChatOptions,
  ) {
    checkChat(running.reader, options);
    this.reset();
  }

  /** What has been said, the system's message included. */
  get messages(): readonly Message[] {
    return this.said.map((message) => ({ ...message }));
  }

  /** Tokens of the conversation so far, and how many the model takes. */
  get length(): { tokens: number; most: number } {
    const { reader } = this.running;
    const tokens = this.said.some(({ role }) => role === 'user') ? chatText(reader, this.said).ids.length : 0;
    return { tokens, most: reader.program.maxTokens };
  }

  /** Forgets everything but the system's message. */
  reset(): void {
    const { system } = this.options;
    this.said = system === undefined ? [] : [{ role: 'system', content: system }];
    this.thread = {};
  }

  /**
   * The answer, as it is written. Where its loop is left or the signal aborts, the conversation goes on behind what was written; a turn
   * without any answer is taken back. Throws E_LENGTH where the conversation fills the model's context, and what generate() throws.
   */
  async *say(
    text: string,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Piece, void, undefined> {
    if (this.answering) throw new PumaError('E_TURN', 'an answer is being written', 'Wait until it ends.');
    if (typeof text !== 'string') throw new PumaError('E_TEXT', `the text is a ${typeof text}`, 'Give a string.');
    this.answering = true;
    const { thread } = this;
    const said = [...this.said, { role: 'user', content: text }];
    let answer: string | undefined;
    try {
      for await (const piece of continueText(this.running, this.promptOf(said, signal), thread)) {
        answer = (answer ?? '') + piece.text;
        yield piece;
      }
    } finally {
      this.answering = false;
      // After a reset() meanwhile, nothing of it has been said
      if (answer !== undefined && thread === this.thread) this.said = [...said, { role: 'assistant', content: answer }];
    }
  }

  /** Settles when the parties are at nothing any more, of an answer that was left too. */
  idle(): Promise<unknown> {
    return this.running.idle();
  }

  private promptOf(messages: readonly Message[], signal: AbortSignal | undefined): Prompt {
    const { reader } = this.running;
    const { system: _, maxNewTokens, ...options } = this.options;
    const { ids } = chatText(reader, messages);
    const most = reader.program.maxTokens;
    if (ids.length > most) {
      const message = `the conversation has ${ids.length} tokens; the model takes ${most}`;
      throw new PumaError('E_LENGTH', message, words`Begin a new one: ${call('reset')}.`);
    }
    const room = most - ids.length + 1;
    const usual = options.ignoreGenerationConfig ? undefined : reader.generation?.maxNewTokens;
    const tokens = Math.min(maxNewTokens ?? usual ?? CHAT_TOKENS, room);
    return { ...options, ids, maxNewTokens: tokens, where: 'the conversation', signal };
  }
}

/** What can be known before anything is shared or started. Throws E_TASK, E_TOKENIZER, E_CHAT (no template, or not with such a system's message). */
export function checkChat(reader: Reader, { system }: ChatOptions): void {
  checkTask(reader, true);
  if (system === undefined) return void chatText(reader, [HELLO]);
  try {
    chatText(reader, [{ role: 'system', content: system }, HELLO]);
  } catch (error) {
    if (!(error instanceof PumaError) || error.code !== 'E_CHAT' || !reader.chat) throw error;
    throw new PumaError(error.code, error.said.message, words`Leave out ${option('system')}.`);
  }
}

const HELLO: Message = { role: 'user', content: 'Hello' };

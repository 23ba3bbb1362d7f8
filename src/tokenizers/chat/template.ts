import { Environment, parse, tokenize } from '@huggingface/jinja';
import { PumaError } from '../../errors.ts';
import type { TemplateText } from './find.ts';
import { run } from './interpreter.ts';
import type { Message } from './messages.ts';
import { strftime } from './strftime.ts';

/** What a conversation is as one text, special tokens written out, up to where the model answers. */
export type ChatTemplate = (messages: readonly Message[], now?: Date) => string;

/**
 * The template as transformers renders it, with `specials` by their names. A template that the library cannot read or run, and one
 * that refuses the conversation, throw E_CHAT.
 */
export function chatTemplate({ file, text }: TemplateText, specials: Readonly<Record<string, string>>): ChatTemplate {
  const program = tried(file, 'cannot be read', () =>
    parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true })),
  );
  return (messages, now = new Date()) =>
    tried(file, 'cannot be filled in', () => {
      const environment = new Environment();
      const given = { messages, tools: null, documents: null, add_generation_prompt: true };
      for (const [name, value] of Object.entries({ ...GLOBALS, ...specials, ...given })) environment.set(name, value);
      environment.set('strftime_now', (format: string) => strftime(now, format));
      return run(program, environment);
    });
}

/** A template says no by this: what it says is for people. */
class Refused extends Error {}

const GLOBALS = {
  ...{ true: true, false: false, none: null, True: true, False: false, None: null },
  raise_exception: (message: unknown) => {
    throw new Refused(String(message));
  },
  range: (...bounds: number[]) => {
    const [from, to] = bounds.length === 1 ? [0, bounds[0]!] : [bounds[0]!, bounds[1]!];
    const step = bounds[2] ?? 1;
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
  },
};

function tried<T>(file: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const said = (error as Error).message.replace(/\s+/g, ' ').slice(0, 200);
    if (error instanceof Refused) {
      const hint = 'Change the messages: their roles, and the order in which they come.';
      throw new PumaError('E_CHAT', `${file} refuses the conversation: ${said}`, hint);
    }
    const hint = 'Is it the template that came with the checkpoint?';
    throw new PumaError('E_CHAT', `${file} ${what}: ${said}`, hint);
  }
}

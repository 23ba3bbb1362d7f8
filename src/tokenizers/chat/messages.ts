import { z } from 'zod';
import { PumaError } from '../../errors.ts';

/** Which roles there are is the template's to say: system, user and assistant in most. */
export const Message = z.strictObject({ role: z.string().min(1), content: z.string() });
export type Message = z.infer<typeof Message>;

const Messages = z.array(Message).min(1);
const File = z.union([Messages, z.strictObject({ messages: Messages }).transform(({ messages }) => messages)]);

/** A conversation: a list of messages, or an object with that list as `messages`. Throws E_CHAT; `where` is for messages. */
export function messagesOf(json: unknown, where: string): Message[] {
  const parsed = File.safeParse(json);
  if (parsed.success) return parsed.data;
  const hint = 'Give a list of messages, each { "role": "user", "content": "..." } with texts and nothing else.';
  throw new PumaError('E_CHAT', `${where}: ${whatIsWrong(json)}`, hint);
}

function whatIsWrong(json: unknown): string {
  const list = Array.isArray(json) ? json : ((json ?? {}) as { messages?: unknown }).messages;
  if (!Array.isArray(list)) return 'there is no list of messages';
  if (list.length === 0) return 'there is no message';
  const at = list.findIndex((message) => !Message.safeParse(message).success);
  if (at < 0) return 'beside the messages there is something else';
  const { path, message } = Message.safeParse(list[at]).error!.issues[0]!;
  return `message ${at + 1}${path.length > 0 ? `, ${path.join('.')}` : ''}: ${message}`;
}

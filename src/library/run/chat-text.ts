import { type Message, messagesOf } from '../../tokenizers/chat/messages.ts';
import type { Reader } from './reader.ts';

/** A conversation as its model reads it. Throws E_CHAT where there is no template or it refuses, E_TOKENIZER. */
export function chatText(reader: Reader, messages: readonly Message[]): { text: string; ids: number[] } {
  const { tokenizer, noTokenizer, chat, noChat } = reader;
  if (!tokenizer) throw noTokenizer;
  if (!chat) throw noChat;
  const text = chat(messagesOf(messages, 'messages'));
  return { text, ids: tokenizer.encodeBare(text) };
}

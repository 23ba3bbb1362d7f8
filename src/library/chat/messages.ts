import { readJson } from '../../files/json.ts';
import { type Message, messagesOf } from '../../tokenizers/chat/messages.ts';

const HINT = 'Give a list of messages: [{ "role": "user", "content": "..." }].';

export type { Message };

/** The conversation of a JSON file. Throws E_CHAT, E_READ, E_MISSING. */
export const readMessages = async (path: string): Promise<Message[]> =>
  messagesOf(await readJson(path, 'E_CHAT', HINT), path);

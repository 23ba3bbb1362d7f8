/** Conversations as people hold them: the answers of transformers, with the keys and values of earlier turns kept. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { type Conversation, cost, generate, startParties } from '../../src/index.ts';
import { thorough } from '../cases.ts';
import { LLAMA, libraryWorld, partiesOf, read } from './library-world.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/chat.json'), 'utf8')).chat as {
  system: string;
  template: string;
  most: number;
  turns: { user: string; prompt: number[]; ids: number[]; text: string }[];
};
const { system, template, most, turns } = golden;

const here = libraryWorld();
beforeAll(() => {
  cpSync(join(projectRoot(), 'test/golden/models/llama-chat'), here.at('actor'), { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(projectRoot(), 'models', LLAMA, name), here.at('actor', name));
  writeFileSync(here.at('actor', 'chat_template.jinja'), template);
});
const parties = partiesOf(here, () => ({ model: here.at('actor') }));

const [FIRST, SECOND, THIRD] = turns as [(typeof turns)[0], (typeof turns)[0], (typeof turns)[0]];
const readOf = async (chat: Conversation, text: string) => {
  const { ids, text: answer, pieces } = await read(chat.say(text));
  return { ids, text: answer, read: pieces[0]!.read, bytes: pieces[0]!.bytes.total, rounds: pieces[0]!.rounds };
};

/** Tokens at the beginning of both. */
const common = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((id, i) => id !== b[i]);
  return at < 0 ? a.length : at;
};

describe('three turns', () => {
  test('the tokens and texts of transformers; of a later turn what is new is read, and takes what is foretold', async () => {
    const chat = parties().chat({ system, maxNewTokens: most });
    let kept: number[] = [];
    for (const { user, prompt, ids, text } of turns) {
      const past = common(kept, prompt); // tokens that were written can be others than those of their text
      const tokens = prompt.length - past;
      const answer = await readOf(chat, user);
      expect(answer).toMatchObject({ ids, text, read: tokens });
      const foretold = await cost({ model: here.at('actor'), past, tokens, newTokens: 1 });
      expect([answer.bytes, answer.rounds]).toEqual([foretold.bytes.total, foretold.rounds]);
      kept = [...prompt, ...ids.slice(0, -1)]; // nobody has read the last token
    }
    expect(chat.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', system],
      ...turns.flatMap(({ user, text }) => [
        ['user', user],
        ['assistant', text],
      ]),
    ]);
    expect(chat.length).toMatchObject({ most: 160 });
  });

  thorough('with somebody else between: all is read again, and the answers are the same', async () => {
    const chat = parties().chat({ system, maxNewTokens: most });
    await readOf(chat, FIRST.user);
    expect((await read(parties().generate({ prompt: 'O', maxNewTokens: 1 }))).ids).toHaveLength(1);
    expect(await readOf(chat, SECOND.user)).toMatchObject({ ids: SECOND.ids, read: SECOND.prompt.length });
  });

  test('messages at once, of generate()', async () => {
    const messages = [
      { role: 'system', content: system },
      ...[FIRST, SECOND].flatMap(({ user, text }) => [
        { role: 'user', content: user },
        { role: 'assistant', content: text },
      ]),
      { role: 'user', content: THIRD.user },
    ];
    const all = await read(generate({ parties: parties(), messages, maxNewTokens: most }));
    expect({ ids: all.ids, read: all.pieces[0]!.read }).toEqual({ ids: THIRD.ids, read: THIRD.prompt.length });
  });
});

test('an answer that is left counts as far as it was written; a conversation that is forgotten is read anew', async () => {
  const chat = parties().chat({ system, maxNewTokens: most });
  for await (const { id } of chat.say(FIRST.user)) {
    expect(id).toBe(FIRST.ids[0]);
    break;
  }
  expect(chat.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
  expect(FIRST.text.startsWith(chat.messages.at(-1)!.content)).toBe(true);
  const after = await readOf(chat, SECOND.user);
  expect(after.read).toBeLessThan(SECOND.prompt.length - FIRST.prompt.length);
  chat.reset();
  expect(chat.messages).toEqual([{ role: 'system', content: system }]);
  expect(await readOf(chat, FIRST.user)).toMatchObject({ ids: FIRST.ids, read: FIRST.prompt.length });
});

test('a template that rewrites earlier turns: parties go back to where it differs', async () => {
  cpSync(here.at('actor'), here.at('shy'), { recursive: true });
  const last = "{{ m.content if loop.last or m.role == 'assistant' else '...' }}";
  writeFileSync(here.at('shy', 'chat_template.jinja'), template.replace('{{ m.content }}', last));
  const shy = await startParties({ model: here.at('shy') });
  try {
    const chat = shy.chat({ maxNewTokens: 4 });
    await readOf(chat, FIRST.user);
    const second = await readOf(chat, SECOND.user);
    const anew = await read(shy.generate({ messages: chat.messages.slice(0, -1), maxNewTokens: 4 }));
    expect(second.ids).toEqual(anew.ids);
    const same = shy.tokenize('').length + shy.tokenize('USER:\n').length - 1;
    expect(second.read).toBe(anew.pieces[0]!.read - same);
  } finally {
    await shy.close();
  }
});

describe('refused', () => {
  test('a conversation that fills the context; it can be begun anew', async () => {
    const chat = parties().chat({ maxNewTokens: 1 });
    await expect(read(chat.say('word '.repeat(300)))).rejects.toMatchObject({
      code: 'E_LENGTH',
      message: expect.stringMatching(/^the conversation has \d+ tokens; the model takes 160$/),
      hint: 'Begin a new one: reset().',
    });
    expect(chat.messages).toEqual([]);
  });

  test('two turns at once', async () => {
    const chat = parties().chat({ maxNewTokens: 1 });
    const first = read(chat.say('One'));
    await expect(read(chat.say('Two'))).rejects.toMatchObject({ code: 'E_TURN' });
    await first;
  });

  test('options that there are not', () => {
    const options = { padTo: 8 } as object;
    expect(() => parties().chat(options)).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });
});

/** Chat templates give what transformers gives: texts, token ids, and refusals. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { findTemplate } from '../../src/tokenizers/chat/find.ts';
import { type Message, messagesOf } from '../../src/tokenizers/chat/messages.ts';
import { strftime } from '../../src/tokenizers/chat/strftime.ts';
import { chatTemplate } from '../../src/tokenizers/chat/template.ts';
import { openTokenizer } from '../../src/tokenizers/open.ts';

type Case = {
  name: string;
  files: Record<string, string | object>;
  messages: Message[];
  text?: string;
  ids?: number[];
  refused?: string;
};
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/chat.json'), 'utf8')) as {
  now: string;
  cases: Case[];
};

const MODEL = join(projectRoot(), 'models', 'llama-tiny-shakespeare');
const root = mkdtempSync(join(tmpdir(), 'puma-chat-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;

/** A folder with the model's tokenizer and these files; a JSON file gets more keys. */
function folderOf(files: Case['files']): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'config.json'])
    cpSync(join(MODEL, name), join(folder, name));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const text =
      typeof content === 'string'
        ? content
        : JSON.stringify({ ...JSON.parse(readFileSync(join(MODEL, 'tokenizer_config.json'), 'utf8')), ...content });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function rendered(files: Case['files'], messages: Message[]): Promise<{ text: string; ids: number[] }> {
  const folder = folderOf(files);
  const tokenizer = await openTokenizer(folder);
  const text = chatTemplate(await findTemplate(folder), tokenizer.specials)(messages, new Date(golden.now));
  return { text, ids: tokenizer.encodeBare(text) };
}

const casesOf = (name: string) => golden.cases.filter((each) => each.name === name);

test.each([...new Set(golden.cases.map(({ name }) => name))])('%s', async (name) => {
  for (const { files, messages, text, ids, refused } of casesOf(name)) {
    const found = await rendered(files, messages).catch((error) => error);
    if (refused === undefined) expect(found).toEqual({ text, ids });
    else expect(found).toMatchObject({ code: 'E_CHAT' });
  }
});

describe('refused', () => {
  const USER = { role: 'user', content: 'Hello' };
  const AS_PROMPT = 'Write the whole text yourself: prompt.';
  const OWN = 'Is it the template that came with the checkpoint?';
  const refusals: [what: string, files: Case['files'], message: string, hint: string][] = [
    ['no template', {}, 'has no chat template', AS_PROMPT],
    [
      'no default',
      { 'tokenizer_config.json': { chat_template: [{ name: 'rag', template: '' }] } },
      '/tokenizer_config.json has chat templates, and none of them is the default: rag',
      AS_PROMPT,
    ],
    [
      'a template that says no',
      { 'chat_template.jinja': "{{ raise_exception('no\nuser') }}" },
      '/chat_template.jinja refuses the conversation: no user',
      'Change the messages: their roles, and the order in which they come.',
    ],
    ['one that nobody can read', { 'chat_template.jinja': '{% if %}' }, '/chat_template.jinja cannot be read: ', OWN],
    [
      'a filter that is not there',
      { 'chat_template.jinja': '{{ messages | quirk }}' },
      '/chat_template.jinja cannot be filled in: Unknown ArrayValue filter: quirk',
      OWN,
    ],
  ];
  test.each(refusals)('%s', async (_, files, message, hint) => {
    const error = await rendered(files, [USER]).catch((error) => error);
    expect(error).toMatchObject({ code: 'E_CHAT', hint, message: expect.stringContaining(message) });
  });
});

test('chat_template.json, which is older, counts where there is nothing else', async () => {
  const files = { 'chat_template.json': { chat_template: 'old' } };
  expect((await rendered(files, [{ role: 'user', content: '' }])).text).toBe('old');
});

test.each<[what: string, template: string, text: string | RegExp]>([
  ['values as Jinja prints them', '{{ true }} {{ none }} {{ nothing }} {{ 3 }} {{ [1] | length }}', 'True None  3 1'],
  ['a block that is set', '{% set x %}a{{ 1 }}{% endset %}{{ x }}{{ x }}', 'a1a1'],
  ['a list', '{{ [1, 2] }}', /it prints a ArrayValue, which is not supported/],
  ['a loop that is left', '{% for i in range(4) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}', '023'],
  ['behind a text', '{% for i in range(4) %}{{ i }}{% break %}{% endfor %}', /a loop is left behind a text/],
])('printed: %s', async (_, template, text) => {
  const found = rendered({ 'chat_template.jinja': template }, [{ role: 'user', content: '' }]);
  if (typeof text === 'string') expect((await found).text).toBe(text);
  else await expect(found).rejects.toThrow(text);
});

test('dates', () => {
  const date = new Date(golden.now);
  expect(strftime(date, '%a %A %b %B %d %-d|%e %F %H %I %m %-m %M %p %S %T %y %Y %%')).toBe(
    'Fri Friday Mar March 07 7| 7 2025-03-07 14 02 03 3 05 PM 09 14:05:09 25 2025 %',
  );
  expect(() => strftime(date, '%Q')).toThrow('a date is asked for as "%Q", which is not known');
});

describe('messages', () => {
  const USER = { role: 'user', content: 'Hello' };
  test('a list, or an object with one', () => {
    expect(messagesOf([USER], 'x')).toEqual([USER]);
    expect(messagesOf({ messages: [USER] }, 'x')).toEqual([USER]);
  });
  test.each<[unknown, string]>([
    ['Hello', 'chat.json: there is no list of messages'],
    [[], 'chat.json: there is no message'],
    [{ messages: [USER], model: 'x' }, 'chat.json: beside the messages there is something else'],
    [[USER, { role: 'user' }], 'chat.json: message 2, content: Invalid input: expected string, received undefined'],
    [[{ ...USER, name: 'x' }], 'chat.json: message 1: Unrecognized key: "name"'],
    [
      [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
      'chat.json: message 1, content: Invalid input: expected string, received array',
    ],
  ])('%j', (json, message) => {
    expect(() => messagesOf(json, 'chat.json')).toThrow(expect.objectContaining({ code: 'E_CHAT', message }));
  });
});

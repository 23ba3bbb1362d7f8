/** `puma infer --chat` and `puma chat` without a terminal. */
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { world } from './world.ts';

const { at, call, run } = world();
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/chat.json'), 'utf8')).chat;
const [first] = golden.turns;
const messages = [
  { role: 'system', content: golden.system },
  { role: 'user', content: first.user },
];

beforeAll(() => {
  cpSync(join(projectRoot(), 'test/golden/models/llama-chat'), at('actor'), { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(projectRoot(), 'models/llama-tiny-shakespeare', name), at('actor', name));
  writeFileSync(at('actor', 'chat_template.jinja'), golden.template);
  writeFileSync(at('messages.json'), JSON.stringify({ messages }));
  writeFileSync(at('odd.json'), JSON.stringify([{ role: 'user' }]));
});

const asked = () => ['infer', '--model', at('actor'), '--max-new-tokens', '4', '--chat'];

test('infer --chat: the answer of transformers', async () => {
  const { results } = JSON.parse((await call(...asked(), 'messages.json', '--json')).stdout);
  expect(results).toMatchObject([{ messages, tokens: first.ids, text: first.text }]);
});

test('chat: a message a line, an object an answer', async () => {
  const args = ['chat', '--model', at('actor'), '--system', golden.system, '--max-new-tokens', '4', '--json'];
  const { stdout, exitCode } = await run(args, { input: `${first.user}\n/save saved.json\n` });
  expect(JSON.parse(stdout)).toMatchObject({ text: first.text, tokens: first.ids, read: first.prompt.length });
  expect(JSON.parse(readFileSync(at('saved.json'), 'utf8'))).toHaveLength(3);
  expect([exitCode, statSync(at('saved.json')).mode & 0o777]).toEqual([0, 0o600]);
});

test.each<[args: string[], stderr: RegExp]>([
  [['odd.json'], /^puma: odd\.json: message 1, content: .* \(E_CHAT\)\n {2}Give a list of messages/],
  [['none.json'], /^puma: none\.json does not exist \(E_MISSING\)/],
  [['messages.json', '--prompt', 'O'], /^puma: --chat takes the place of --text, .* \(E_USAGE\)/],
])('refused: --chat %j', async (args, stderr) => {
  const ended = await call(...asked(), ...args);
  expect(ended).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringMatching(stderr) });
});

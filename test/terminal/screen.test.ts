/** What people see: the program in a terminal of 80 columns. Streamed text stands there whole, whatever else is shown on the way. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { PROGRAM, world } from '../commands/world.ts';

const here = world();
const there = spawnSync('tmux', ['-V']).status === 0;
const { system, template } = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/chat.json'), 'utf8')).chat;

beforeAll(() => {
  cpSync(join(projectRoot(), 'test/golden/models/llama-chat'), here.at('actor'), { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(projectRoot(), 'models/llama-tiny-shakespeare', name), here.at('actor', name));
  writeFileSync(here.at('actor', 'chat_template.jinja'), template);
});

/** A terminal of its own, with a shell command in it. */
class Terminal {
  constructor(command: string) {
    this.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '40', `${command}; echo END; sleep 60`);
  }

  private tmux(...args: string[]): string {
    const env = { ...process.env, TMPDIR: here.at('tmp'), TERM: 'xterm-256color', NO_COLOR: '1' };
    return execFileSync('tmux', ['-S', here.at('socket'), ...args], { encoding: 'utf8', env, cwd: here.at() });
  }

  type(...keys: string[]): void {
    this.tmux('send-keys', ...keys);
  }

  /** The screen, when it shows this. */
  async shows(what: RegExp): Promise<string> {
    for (let i = 0; i < 500; i++) {
      const screen = this.tmux('capture-pane', '-p', '-J').trimEnd();
      if (what.test(screen)) return screen;
      await sleep(100);
    }
    throw new Error(`the screen does not show ${what}:\n${this.tmux('capture-pane', '-p')}`);
  }

  close(): void {
    this.tmux('kill-server');
  }
}

const puma = (...args: string[]) => [process.execPath, PROGRAM, ...args].map((arg) => `'${arg}'`).join(' ');

async function inTerminal<T>(command: string, work: (terminal: Terminal) => Promise<T>): Promise<T> {
  const terminal = new Terminal(command);
  try {
    return await work(terminal);
  } finally {
    terminal.close();
  }
}

/** Lines without what stands at their ends: a terminal has nothing there. */
const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

describe.skipIf(!there)('in a terminal', () => {
  // Rounds take long, so that bars come up wherever they may
  const SLOW = ['--network', '16ms,1Gbit', '--max-new-tokens', '3'];

  test('puma infer --prompt', async () => {
    const asked = ['infer', '--model', here.at('actor'), '--prompt', 'ROMEO:\nO', ...SLOW.slice(2)];
    const { results } = JSON.parse((await here.call(...asked, '--json')).stdout);
    const shown = lines(`${results[0].prompt}${results[0].text}`);
    const seen = lines(await inTerminal(puma(...asked, ...SLOW.slice(0, 2)), (t) => t.shows(/^END$/m)));
    expect(seen.slice(0, shown.length)).toEqual(shown);
    expect(seen.join('\n')).not.toMatch(/[█░]|Computing/);
  });

  test('puma chat: two turns, /save, /quit; Ctrl-C while an answer is written', async () => {
    const asked = ['chat', '--model', here.at('actor'), '--system', system, ...SLOW];
    const screen = await inTerminal(puma(...asked), async (terminal) => {
      await terminal.shows(/^>$/m);
      terminal.type('Thy name?', 'Enter');
      await terminal.shows(/written.*\n>$/);
      terminal.type('Whence?', 'Enter');
      await terminal.shows(/written[\s\S]*written.*\n>$/);
      terminal.type('/save chat.json', 'Enter');
      await terminal.shows(/saved.*\n>$/);
      terminal.type('/quit', 'Enter');
      return terminal.shows(/^END$/m);
    });
    const messages = JSON.parse(readFileSync(here.at('chat.json'), 'utf8')) as { role: string; content: string }[];
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant']);
    const seen = lines(screen).filter((line) => !/^\[\d+ tokens? read, 3 written; .*\]$/.test(line));
    const [, ...said] = messages.map(({ role, content }) => (role === 'user' ? `> ${content}` : content));
    expect(seen).toEqual([...said.flatMap(lines), ...['> /save chat.json', 'saved in chat.json', '> /quit', 'END']]);
  });

  test('Ctrl-C: the answer stops; then, and at the prompt, the conversation ends', async () => {
    const asked = ['chat', '--model', here.at('actor'), ...SLOW.slice(0, 2), '--max-new-tokens', '40'];
    await inTerminal(puma(...asked), async (terminal) => {
      await terminal.shows(/^>$/m);
      terminal.type('Thy name?', 'Enter');
      await terminal.shows(/^ way/m);
      terminal.type('C-c');
      await terminal.shows(/^\[stopped; .*\n>$/m);
      terminal.type('C-c');
      await terminal.shows(/^END$/m);
    });
  });
});

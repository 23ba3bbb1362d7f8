/** The examples, run as people run them: what they print has the shape it should have, and nothing is left of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../src/files/root.ts';
import { sample } from './cases.ts';
import { until, world } from './commands/world.ts';

const { at, parties } = world();
const FOLDER = join(projectRoot(), 'examples');
/** Too many tokens for two of them to fit into the context, and for a double one alone. */
const LONG = 'I love thee . '.repeat(32);
const TURN = 'JULIET: [^]*\\n\\nROMEO: ';

type Example = { file: string; args?: string[]; input?: string; prints: RegExp };

const EXAMPLES: Example[] = [
  {
    file: '1-secure-product.mjs',
    prints: new RegExp(
      [
        '^x            1\\.5  -2  3\\.25',
        'y            4  0\\.5  -1',
        'party 0 has  [0-9a-f]{16}  of x\\[0\\]: a random mask',
        'party 1 has  ([0-9a-f]{16})  of x\\[0\\]: x\\[0\\] under two masks',
        'party 2 has  \\1  of x\\[0\\]: the same',
        'x y          6\\.0000  -1\\.0000  -3\\.2500  after 2 rounds$',
      ].join('\\n'),
    ),
  },
  {
    file: '2-classify.mjs',
    args: ['a dull , lifeless film'],
    prints: /^NEGATIVE, \d\d\.\d % sure: a dull , lifeless film\n\d+\.\d\d s, \d\.\d\d MB, \d{3} rounds$/,
  },
  {
    file: '3-share-once.mjs',
    prints: new RegExp(
      '^shared bert-tiny-sst2: 40 tensors in Z_2\\^64\\n' +
        'POSITIVE \\d\\d\\.\\d %  a masterpiece\\nNEGATIVE \\d\\d\\.\\d %  i want my two hours back \\.\\n' +
        '(POSI|NEGA)TIVE \\d\\d\\.\\d %  the cast is wonderful , the script is not$',
    ),
  },
  {
    file: '4-generate.mjs',
    args: [sample('ROMEO:\nI will not go, my lord.', 'ROMEO:\n'), 'gpt2-tiny-shakespeare'], // ends after a few tokens, or after 24
    prints: /^ROMEO:\n.*[a-z]{2}[\s\S]*\n\n([1-9]|1\d|2[0-4]) tokens, \d+\.\d s, \d+\.\d MB$/,
  },
  {
    file: '5-what-would-it-cost.mjs',
    args: [sample('gpt2-tiny-shakespeare', 'gpt2'), '2', '4'],
    prints:
      /^gpt2\S*\ntokens {2}dealer MB {2}online MB {2}client MB {2}rounds {2}multiply-adds\n( +[24]( +\d+\.\d){3} +\d+ {2}\d\.\de\+\d+\n?){2}$/,
  },
  {
    file: '6-private-chat.mjs',
    input: sample(['', LONG.repeat(2)], ['', LONG, LONG, LONG.repeat(2)]).join('\n'),
    // Answers are sampled: anything may come, but not nothing at all.
    prints: new RegExp(
      `^${sample('', '(?=[^(]*[a-z])')}ROMEO: ROMEO: ${sample('', TURN + TURN)}JULIET: \\(falls asleep: that was too long\\)\\n\\nROMEO: $`,
    ),
  },
];

const start = (file: string, args: readonly string[] = []) =>
  execa(process.execPath, [join(FOLDER, file), ...args], { env: { TMPDIR: at('tmp') }, cwd: at('.'), reject: false });

test('every example is run here', () => {
  expect(EXAMPLES.map(({ file }) => file)).toEqual(readdirSync(FOLDER).filter((file) => file.endsWith('.mjs')));
});

/** Those that need no text of many tokens; all of them in test:slow. */
const QUICK = EXAMPLES.filter(({ file }) => /^[125]-/.test(file));

test.each(sample(QUICK, EXAMPLES))('$file', async ({ file, args, input, prints }) => {
  const child = start(file, args);
  child.stdin.end(input ?? '');
  const { stdout, stderr, exitCode } = await child;
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout).toMatch(prints);
});

describe('Ctrl-C ends the chat', () => {
  const moments: [when: string, moment: (child: Started) => Promise<unknown>][] = [
    [
      'while parties start',
      async () => expect(await until(async () => (await parties()).length > 0, 10_000)).toBe(true),
    ],
    ['while it waits for a line', (child) => shown(child, 'ROMEO')],
    [
      'while it answers',
      async (child) => {
        child.stdin!.write('What say you ?\n');
        await shown(child, 'JULIET');
      },
    ],
  ];
  test.each(sample(moments.slice(2), moments))('%s', async (_when, moment) => {
    const child = start('6-private-chat.mjs');
    await moment(child);
    child.kill('SIGINT');
    const { stderr, exitCode } = await child;
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });
});

type Started = ReturnType<typeof start>;

/** Waits until the program has printed this. */
async function shown(child: Started, words: string): Promise<void> {
  let all = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    all += chunk;
    if (all.includes(words)) return;
  }
}

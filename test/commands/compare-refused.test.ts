/** `puma compare-plaintext --data`: what is refused before a party starts. */
import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { world } from './world.ts';

const { at, call } = world();

const compare = (model: string, data: string, ...args: string[]) => [
  ...['compare-plaintext', '--model', model, '--data', data],
  ...args,
];

beforeAll(async () => {
  await writeFile(at('dev.tsv'), 'sentence\tlabel\na film\t1\n');
  await writeFile(at('play.txt'), 'ROMEO:\nBut, soft! what light through yonder window breaks?\n');
  await writeFile(at('letters.csv'), 'text,label\na b f,0\nc,1\nd e,0\n');
  await writeFile(at('bad.tsv'), 'text\tlabel\na b\tpositive\nc\tmaybe\n');
  await writeFile(at('long.tsv'), `text\tlabel\na\t0\n${'b '.repeat(70)}\t1\n`);
  const two = ['--limit', '2', '--layers-of', '0', '--resume', 'two.jsonl'];
  expect(await call(...compare('model', 'letters.csv', ...two))).toMatchObject({ stderr: '', exitCode: 0 });
});
const usage = 'try puma compare-plaintext --help';
const rows: [what: string, args: string[], message: string, hint: string][] = [
  [
    'a column that is not there',
    compare('model', 'dev.tsv', '--text-column', 'review'),
    'dev.tsv has no column "review"; its columns are "sentence", "label" (E_DATA)',
    'Name the column: --text-column.',
  ],
  [
    'a label that the model does not have',
    compare('model', 'bad.tsv'),
    'line 3 of bad.tsv: "maybe" is no label of the model (E_LABEL)',
    'Labels are "negative", "positive", or numbers from 0 to 1.',
  ],
  [
    'a long row',
    compare('model', 'long.tsv'),
    'line 3 of long.tsv has 72 tokens; the model takes 64 (E_LENGTH)',
    'Shorten the text.',
  ],
  ['no file', compare('model', 'no.tsv'), 'no.tsv does not exist (E_MISSING)', 'Check the path.'],
  [
    'a preset that there is not',
    compare('model', 'dev.tsv', '--preset', 'mnli'),
    "option '--preset <name>' argument 'mnli' is invalid. Allowed choices are sst2, cola, rte, qnli, stsb, wikitext. (E_USAGE)",
    usage,
  ],
  [
    'a preset for other models',
    compare('model', 'play.txt', '--preset', 'wikitext'),
    '--preset wikitext is for a model that generates; model classifies (E_DATA)',
    'Choose another preset, or another model.',
  ],
  [
    'scores of a model with labels',
    compare('model', 'dev.tsv', '--preset', 'stsb'),
    '--preset stsb asks for a score; model gives the labels negative, positive (E_DATA)',
    'Choose another preset, or another model.',
  ],
  [
    'windows of a model that classifies',
    compare('model', 'dev.tsv', '--window', '8'),
    '--window and --stride are for a model that generates (E_USAGE)',
    usage,
  ],
  [
    'a window past the model',
    compare('llama-tiny-shakespeare', 'play.txt', '--window', '300'),
    '--window is 300; the model takes 256 tokens (E_LENGTH)',
    'Choose a smaller number.',
  ],
  [
    'a stride past the window',
    compare('llama-tiny-shakespeare', 'play.txt', '--window', '8', '--stride', '9'),
    '--stride is 9, past the window of 8 tokens (E_DATA)',
    'Choose a smaller --stride, or a larger --window.',
  ],
  [
    'a text beside the data',
    compare('model', 'dev.tsv', '--text', 'a'),
    '--data takes the place of --text, --prompt, --text-pair, --file and --input-ids (E_USAGE)',
    usage,
  ],
  [
    'an option of data without data',
    ['compare-plaintext', '--model', 'model', '--text', 'a', '--limit', '3'],
    '--limit goes with --data (E_USAGE)',
    usage,
  ],
  ['a seed without a limit', compare('model', 'dev.tsv', '--seed', '3'), '--seed goes with --limit (E_USAGE)', usage],
  [
    'too many at once',
    compare('model', 'dev.tsv', '--batch', '64'),
    "option '--batch <n>' argument '64' is invalid. It must be a whole number from 1 to 63. (E_USAGE)",
    usage,
  ],
  [
    'the state of another run',
    compare('model', 'letters.csv', '--limit', '3', '--layers-of', '0', '--resume', 'two.jsonl'),
    'two.jsonl is the state of another run: limit was 2, now it is 3 (E_RESUME)',
    'Give what it was begun with, or name a file that does not exist yet.',
  ],
  [
    'a state that is none',
    compare('model', 'letters.csv', '--resume', 'dev.tsv'),
    'dev.tsv is no state of an evaluation (E_RESUME)',
    'Name another file, or one that does not exist yet.',
  ],
];
test.each(rows)('%s', async (_, args, message, hint) => {
  const { stdout, stderr, exitCode } = await call(...args);
  expect({ stdout, lines: stderr.split('\n'), exitCode }).toEqual({
    ...{ stdout: '', exitCode: 2 },
    lines: [`puma: ${message}`, `  ${hint}`],
  });
});

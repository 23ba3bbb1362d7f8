/** What people get wrong: one clear line, what to do about it, the right exit code, and nothing left behind. */
import { copyFile, mkdir, truncate, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, safetensors, world, writeCheckpoint } from './world.ts';

const here = world();
const { at, call: puma } = here;

type Row = [what: string, args: string[], stderr: string[]];

const infer = (...args: string[]) => ['infer', '--model', 'model', ...args];

describe('the command line', () => {
  const rows: Row[] = [
    ['an unknown command', ['frob'], [`unknown command 'frob' (E_USAGE)`, 'try puma --help']],
    ['a misspelt command', ['inferr'], [`unknown command 'inferr' (Did you mean infer?) (E_USAGE)`, 'try puma --help']],
    ['an unknown flag', infer('--foo'), [`unknown option '--foo' (E_USAGE)`, 'try puma infer --help']],
    ['an unknown flag before the command', ['--foo', 'infer'], [`unknown option '--foo' (E_USAGE)`, 'try puma --help']],
    [
      'a misspelt flag',
      infer('--txt', 'a'),
      [`unknown option '--txt' (Did you mean --text?) (E_USAGE)`, 'try puma infer --help'],
    ],
    [
      'no model',
      ['infer', '--text', 'a'],
      [`required option '--model <name|folder>' not specified (E_USAGE)`, 'try puma infer --help'],
    ],
    [
      'a flag without its argument',
      infer('--text'),
      [`option '--text <text>' argument missing (E_USAGE)`, 'try puma infer --help'],
    ],
    [
      'a stray word',
      infer('--text', 'a', 'quiet', 'film'),
      [`too many arguments for 'infer'. Expected 0 arguments but got 2. (E_USAGE)`, 'try puma infer --help'],
    ],
    [
      'a number that is none',
      infer('--text', 'a', '--pad-to', '0'),
      [
        `option '--pad-to <n>' argument '0' is invalid. It must be a whole number from 1 on. (E_USAGE)`,
        'try puma infer --help',
      ],
    ],
    [
      'too many threads',
      infer('--text', 'a', '--threads', '1000'),
      ['threads is 1000 (E_THREADS)', 'Give a whole number from 1 to 256.'],
    ],
    [
      'no folder for shares',
      ['share-weights', '--model', 'model'],
      [`required option '--out <folder>' not specified (E_USAGE)`, 'try puma share-weights --help'],
    ],
  ];
  test.each(rows)('%s', refused);
});

describe('texts', () => {
  beforeAll(async () => {
    await writeFile(at('latin1.txt'), Buffer.from('a b c\ncaf\xe9\n', 'latin1'));
    await writeFile(at('blank.txt'), '\n \n');
    await writeFile(at('long.txt'), `a b\n\n${'a '.repeat(70)}\n`);
  });
  const rows: Row[] = [
    ['none', infer(), ['there is no text (E_TEXT)', 'Give one: --text "...", --prompt "..." or --file lines.txt']],
    ['an empty one', infer('--text', ''), ['the text is empty (E_TEXT)', 'Give a text of at least one word.']],
    [
      'the second one empty',
      infer('--text', 'a', '--text', ' \t'),
      ['text 2 is empty (E_TEXT)', 'Give a text of at least one word.'],
    ],
    [
      'an empty pair',
      infer('--text', 'a', '--text-pair', ''),
      ['the pair of the text is empty (E_TEXT)', 'Give a text of at least one word.'],
    ],
    [
      'a pair without a text',
      infer('--file', 'long.txt', '--text-pair', 'a'),
      ['there are 0 --text and 1 --text-pair (E_TEXT)', 'Give a --text-pair for each --text, or none.'],
    ],
    [
      'a long one',
      infer('--text', 'a '.repeat(63)),
      ['the text has 65 tokens; the model takes 64 (E_LENGTH)', 'Shorten the text.'],
    ],
    [
      'a long line',
      infer('--file', 'long.txt'),
      ['line 3 of long.txt has 72 tokens; the model takes 64 (E_LENGTH)', 'Shorten the text.'],
    ],
    [
      'longer than the padding',
      infer('--text', 'a b c d', '--pad-to', '5'),
      ['the text has 6 tokens; --pad-to allows 5 (E_LENGTH)', 'Shorten the text.'],
    ],
    [
      'padded past the model',
      infer('--text', 'a', '--pad-to', '65'),
      ['--pad-to is 65; the model takes 64 tokens (E_LENGTH)', 'Choose a smaller number.'],
    ],
    [
      'not UTF-8',
      infer('--file', 'latin1.txt'),
      [
        'latin1.txt is not UTF-8: line 2, byte 9 (0xe9) (E_TEXT)',
        'Convert it, for example: iconv -f latin1 -t utf-8 FILE',
      ],
    ],
    ['a blank file', infer('--file', 'blank.txt'), ['blank.txt holds no text (E_TEXT)', 'Write one text a line.']],
    ['no file', infer('--file', 'no.txt'), ['no.txt does not exist (E_MISSING)', 'Check the path.']],
    ['a folder', infer('--file', 'model'), ['cannot read model: it is not a regular file (E_READ)', 'Check the path.']],
  ];
  test.each(rows)('%s', refused);
});

describe('checkpoints', () => {
  const folder = (name: string) => at('bad', name);
  beforeAll(async () => {
    await mkdir(at('bad'));
    const shapes = { ...SMALL, hidden_size: 64 };
    await writeCheckpoint(folder('shapes'), { config: shapes });
    await writeCheckpoint(folder('xlnet'), {
      config: { ...SMALL, architectures: ['XLNetModel'], model_type: 'xlnet' },
    });
    await writeCheckpoint(folder('vocabulary'), {
      words: [
        ...'[PAD] [UNK] [CLS] [SEP]'.split(' '),
        ...'x'
          .repeat(40)
          .split('')
          .map((c, i) => c + i),
      ],
    });
    await writeCheckpoint(folder('cut'));
    await truncate(at('bad', 'cut', 'model.safetensors'), 5000);
    await writeCheckpoint(folder('lying'));
    const bytes = safetensors(randomWeights(SMALL));
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, 1n << 40n, true);
    await writeFile(at('bad', 'lying', 'model.safetensors'), bytes);
    await writeCheckpoint(folder('headless'));
    const weights = randomWeights(SMALL);
    weights.delete('classifier.bias');
    await writeFile(at('bad', 'headless', 'model.safetensors'), safetensors(weights));
    await mkdir(folder('weightless'));
    await copyFile(at('model', 'config.json'), at('bad', 'weightless', 'config.json'));
    await copyFile(at('model', 'vocab.txt'), at('bad', 'weightless', 'vocab.txt'));
    await writeCheckpoint(folder('json'));
    await writeFile(at('bad', 'json', 'config.json'), '{ "model_type": ');
  });
  const damaged = 'The file is damaged or no safetensors file: fetch it again.';
  const rows: [name: string, stderr: string[]][] = [
    [
      'nowhere',
      [
        '"bad/nowhere" is no folder, no known model and not in the Hugging Face cache (E_MODEL)',
        expect.stringMatching(/^Known models: bert-tiny-sst2, .*puma pull bad\/nowhere$/),
      ],
    ],
    [
      'shapes',
      [
        'bert.embeddings.word_embeddings.weight is [31, 32]; bert expects [31, 64] (E_SHAPE)',
        "The weights in ./bad/shapes/model.safetensors do not fit the model's configuration.",
      ],
    ],
    ['xlnet', [expect.stringMatching(/^XLNetModel is not supported; supported are Bert.* \(E_ARCHITECTURE\)$/)]],
    [
      'vocabulary',
      ['token id 43 at 2 is not in 0..30 (E_TOKEN)', 'is this the tokenizer that came with the checkpoint?'],
    ],
    [
      'cut',
      [
        './bad/cut/model.safetensors: tensor "bert.embeddings.word_embeddings.weight" ends at byte 3968 of the data, ' +
          'but the file has only 712: it is cut short (E_SAFETENSORS)',
        damaged,
      ],
    ],
    [
      'lying',
      [
        './bad/lying/model.safetensors: the header claims 1099511627776 bytes; the format allows 100000000 (E_SAFETENSORS)',
        damaged,
      ],
    ],
    [
      'headless',
      [
        'the checkpoint has no tensor classifier.bias (E_WEIGHTS)',
        expect.stringContaining('not fine-tuned to classify'),
      ],
    ],
    [
      'weightless',
      [
        './bad/weightless/model.safetensors does not exist (E_CHECKPOINT)',
        'Name a folder with config.json and model.safetensors.',
      ],
    ],
    [
      'json',
      [
        './bad/json/config.json is not JSON: Unexpected end of JSON input (E_CHECKPOINT)',
        "Fetch the model's config.json again.",
      ],
    ],
  ];
  test.each(rows)('%s', (name, stderr) =>
    refused(name, ['infer', '--model', `bad/${name}`, '--text', 'x1 x39'], stderr),
  );
});

/** Two lines at most, of which the second begins with two spaces; nothing on standard output. */
async function refused(_what: string, args: readonly string[], lines: readonly string[]): Promise<void> {
  const { stdout, stderr, exitCode } = await puma(...args);
  expect(stderr.split('\n').map((line) => line.replace(/^puma: |^ {2}/, ''))).toEqual(lines);
  expect(stderr).toMatch(/^puma: .*(\n {2}.*)?$/);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
}

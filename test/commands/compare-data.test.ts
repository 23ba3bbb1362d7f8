/** `puma compare-plaintext --data`: real models over small data sets, what is refused, and runs that are broken off. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { pearson } from '../../src/evaluate/metrics.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, until, world, writeCheckpoint } from './world.ts';

const { at, call, start, parties } = world();

const compare = (model: string, data: string, ...args: string[]) => [
  ...['compare-plaintext', '--model', model, '--data', data],
  ...args,
];

const SENTENCES: [text: string, label: number][] = [
  ['a warm , funny and quietly moving film .', 1],
  ['unbearably dull and far too long .', 0],
  ['the cast is a delight .', 1],
  ['a mess from start to finish', 0],
  ['it has no heart , no wit and no point .', 0],
  ['a small wonder , not to be missed', 1],
];

const PLAY = `ROMEO:
But, soft! what light through yonder window breaks?
It is the east, and Juliet is the sun.
Arise, fair sun, and kill the envious moon,
Who is already sick and pale with grief.
`;

/** A report without what differs from run to run and from machine to machine. */
const shape = (report: string): string =>
  report
    .replace(/-?\b\d+(\.\d+)?(e-\d+)?( min \d+)?( [kM]?B| m?s)?\b/g, '#')
    .replace(/avx\w+|neon|amx\w*|portable/, 'SIMD')
    .replace(/ +/g, ' ');

beforeAll(async () => {
  const table = SENTENCES.map(([text, label]) => `${text}\t${label}\n`);
  await writeFile(at('dev.tsv'), `sentence\tlabel\n${table.join('')}`);
  await writeFile(at('play.txt'), PLAY);
  const letters = Array.from({ length: 24 }, (_, i) => `a b ${'c d e '.repeat(i % 3)}f,${i % 2}\n`);
  await writeFile(at('letters.csv'), `text,label\n${letters.join('')}`);
});

describe('sentences with labels', () => {
  test('--json: bert-tiny-sst2 on six of them', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...compare('bert-tiny-sst2', 'dev.tsv', '--preset', 'sst2', '--batch', '3', '--layers-of', '3', '--json'),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { metrics, agreement, logits, layers, layersOf, results, ...report } = JSON.parse(stdout);
    expect(report).toMatchObject({
      ...{ model: 'bert-tiny-sst2', task: 'classify' },
      data: { file: 'dev.tsv', preset: 'sst2', rows: 6, of: 6 },
      parties: [{ party: 0 }, { party: 1 }, { party: 2 }],
    });
    expect(results.map(({ text, right }: Record<string, unknown>) => [text, right])).toEqual(
      SENTENCES.map(([text, label]) => [text, ['NEGATIVE', 'POSITIVE'][label]]),
    );
    const right = (side: 'plaintext' | 'secure') =>
      results.filter((row: Record<string, { label: string }>) => row[side]!.label === (row.right as unknown)).length;
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual(['accuracy', 'matthews', 'f1']);
    expect(metrics[0]).toMatchObject({ plaintext: right('plaintext') / 6, secure: right('secure') / 6 });
    expect(metrics[0].plaintext).toBeGreaterThan(0.6);
    expect(agreement).toEqual({ same: 6, of: 6, ties: 0 });
    expect(report).toMatchObject({ tolerance: 0.1, within: true, fault: null });
    expect(logits.max).toBeLessThan(0.01);
    expect(logits.max).toBeGreaterThan(0);
    expect(layersOf).toBe(3);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler']);
    for (const { max, mean, p999, rms, relative } of layers) {
      expect([mean <= p999, p999 <= max, max < 0.01]).toEqual([true, true, true]);
      expect(relative.max).toBeCloseTo(max / rms, 12);
    }
  });

  test('for people: a sample, no layers', async () => {
    const { stdout, stderr } = await call(
      ...compare('bert-tiny-sst2', 'dev.tsv', '--limit', '4', '--seed', '5', '--layers-of', '0'),
    );
    expect(stderr).toBe('');
    expect(shape(stdout)).toMatchInlineSnapshot(`
      "bert-tiny-sst2 over # of # rows of dev.tsv, sampled with seed #

      metric plaintext secure difference # % of the difference
      accuracy # # # # to #
      matthews # # # # to #
      f1 # # # # to #

      labels # of # the same, # %

      difference of largest mean # % # % # % # %
      logits # # # # # #

      per sentence #, #, # rounds; # in the clear
      time # on shares, # in the clear, # start-up, # sharing the weights
      traffic #: # from the dealer, # online, # with the client
      rounds #
      memory party # #, party # #, party # #
      ring Z_2^#, # fractional bits; SIMD"
    `);
  });

  test('a bare text has no labels to be right or wrong', async () => {
    await writeFile(at('lines.txt'), 'a b c\nd e f g\n');
    const { stdout } = await call(...compare('model', 'lines.txt', '--json'));
    const { metrics, agreement, results } = JSON.parse(stdout);
    expect({ metrics, agreement }).toEqual({ metrics: [], agreement: { same: 2, of: 2, ties: 0 } });
    expect(results.map(({ line, right }: Record<string, unknown>) => [line, right])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });
});

describe('models without labels', () => {
  test('a score for pairs, as STS-B has them', async () => {
    const config = { ...SMALL, id2label: { 0: 'score' } };
    await writeCheckpoint(at('scores'), { config, weights: randomWeights(config) });
    const rows = ['a b', 'c d e', 'f', 'g h'].map((text, i) => `${text},"b, c",${i}.5`);
    await writeFile(at('pairs.csv'), `sentence1,sentence2,score\n${rows.join('\n')}\n`);
    const { stdout, stderr } = await call(
      ...compare('scores', 'pairs.csv', '--preset', 'stsb', '--layers-of', '0', '--json'),
    );
    expect(stderr).toBe('');
    const { metrics, agreement, results } = JSON.parse(stdout);
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual(['pearson', 'spearman']);
    const side = (of: string) => results.map((row: Record<string, { score: number }>) => row[of]!.score);
    expect(metrics[0].plaintext).toBeCloseTo(pearson([0.5, 1.5, 2.5, 3.5], side('plaintext')), 12);
    expect(metrics[0].secure).toBeCloseTo(pearson([0.5, 1.5, 2.5, 3.5], side('secure')), 12);
    expect(agreement).toBeNull();
    expect(results[1]).toMatchObject({ line: 3, text: 'c d e', textPair: 'b, c', right: 1.5 });
  });

  test('a bare encoder: how far its outputs are apart', async () => {
    await writeCheckpoint(at('encoder'), { config: { ...SMALL, architectures: ['BertModel'], id2label: undefined } });
    const { stdout } = await call(...compare('encoder', 'letters.csv', '--limit', '2', '--json'));
    const { metrics, agreement, logits, results, layersOf } = JSON.parse(stdout);
    expect({ metrics, agreement, layersOf }).toEqual({ metrics: [], agreement: null, layersOf: 2 });
    expect(results[0].secure.logits).toHaveLength(32);
    expect(logits.max).toBeLessThan(0.01);
  });
});

describe('a text to predict', () => {
  test('--json: llama-tiny-shakespeare on two windows', async () => {
    const { stdout, stderr, exitCode } = await call(
      ...compare('llama-tiny-shakespeare', 'play.txt', '--window', '24', '--stride', '16', '--limit', '2', '--json'),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { metrics, agreement, logits, layers, results, data, within, fault } = JSON.parse(stdout);
    const verdict = { within, fault };
    expect(data).toMatchObject({ rows: 2, window: 24, stride: 16 });
    expect(results.map(({ begin, tokens }: Record<string, unknown>) => [begin, tokens])).toEqual([
      [0, 23],
      [16, 16],
    ]);
    const [{ name, plaintext, secure, difference, interval }] = metrics;
    const losses = results.reduce((sum: number, row: { plaintext: { loss: number } }) => sum + row.plaintext.loss, 0);
    expect(name).toBe('perplexity');
    expect(plaintext).toBeCloseTo(Math.exp(losses / 39), 10);
    expect(plaintext).toBeLessThan(200); // of 1024 tokens
    expect(Math.abs(secure / plaintext - 1)).toBeLessThan(0.002);
    expect(difference).toBeCloseTo(secure - plaintext, 12);
    expect(interval[0]).toBeLessThanOrEqual(interval[1]);
    expect(agreement.of).toBe(39);
    expect(agreement.same).toBeGreaterThanOrEqual(38);
    expect(agreement.ties).toBe(39 - agreement.same);
    expect(verdict).toEqual({ within: true, fault: null });
    expect(logits.max).toBeLessThan(0.02);
    expect(layers.map(({ name }: { name: string }) => name).at(-1)).toBe('layer.3');
  });
});

describe('a run that is broken off goes on', () => {
  const args = (state: string, ...more: string[]) =>
    compare('model', 'letters.csv', '--layers-of', '3', '--resume', state, '--json', ...more);

  const linesOf = async (state: string): Promise<string[]> =>
    (await readFile(at(state), 'utf8').catch(() => '')).split('\n').slice(0, -1);

  const begun = (state: string, rows: number) => until(async () => (await linesOf(state)).length > rows, 20_000);

  /** What a report says of the data. */
  const table = (stdout: unknown) => {
    const { parties: _, simd: _1, seconds, ...report } = JSON.parse(String(stdout));
    return { ...report, seconds: { inference: seconds.inference, plaintext: seconds.plaintext } };
  };

  test('killed, its last line cut: rows that were done stay as they are, the others are done once', async () => {
    const child = start(args('killed.jsonl'));
    expect(await begun('killed.jsonl', 8), 'rows are recorded').toBe(true);
    child.kill('SIGKILL');
    await child;
    await until(async () => (await parties()).length === 0 && (await readdir(at('tmp'))).length === 0, 5000);
    const before = await linesOf('killed.jsonl');
    expect(before.length).toBeLessThan(25);
    await appendFile(at('killed.jsonl'), '{"rows":[{"row":14');

    const resumed = await call(...args('killed.jsonl', '--batch', '16'));
    expect({ ...resumed, stdout: '' }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const after = await linesOf('killed.jsonl');
    expect(after.slice(0, before.length)).toEqual(before);
    const rows = after.slice(1).flatMap((line) => JSON.parse(line).rows.map(({ row }: { row: number }) => row));
    expect(rows).toEqual(Array.from({ length: 24 }, (_, row) => row));

    // Nothing is left to do: the same figures again, from the records alone
    const again = await call(...args('killed.jsonl'));
    expect(table(again.stdout)).toEqual(table(resumed.stdout));
    expect(JSON.parse(again.stdout).parties).toEqual([]);

    // What does not depend on the parties' randomness is that of a run in one piece
    const plaintext = (stdout: string) => {
      const { metrics, results } = JSON.parse(stdout);
      const side = ({ plaintext }: { plaintext: unknown }) => plaintext;
      return [metrics.map(side), results.map(side)];
    };
    const unbroken = await call(...compare('model', 'letters.csv', '--layers-of', '0', '--batch', '25', '--json'));
    expect(plaintext(resumed.stdout)).toEqual(plaintext(unbroken.stdout));
  });

  test('Ctrl-C leaves whole lines', async () => {
    const child = start(args('stopped.jsonl'), { detached: true });
    expect(await begun('stopped.jsonl', 4), 'rows are recorded').toBe(true);
    process.kill(-child.pid!, 'SIGINT');
    const { exitCode, stdout, stderr } = await child;
    expect({ exitCode, stdout, stderr }).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'puma: interrupted (E_INTERRUPTED)',
    });
    const text = await readFile(at('stopped.jsonl'), 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  });
});

describe('refused', () => {
  beforeAll(async () => {
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
      '--batch is 64; a session takes 63 at most (E_USAGE)',
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
});

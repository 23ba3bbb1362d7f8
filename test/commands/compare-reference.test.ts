/** `puma compare-plaintext --reference`: both sides beside what transformers computed, in files that scripts/reference.py made. */
import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { sample } from '../cases.ts';
import { world } from './world.ts';

const { at, call } = world();

const GOLDEN = join(projectRoot(), 'test', 'golden');
const referenceOf = (name: string) => join(GOLDEN, 'references', `${name}.json`);
const checkpointOf = (name: string) => join(GOLDEN, 'models', name);

// biome-ignore lint/suspicious/noExplicitAny: files are edited
type Json = any;

/** The reference of this name, changed, in a file `reference.json`. */
async function edited(name: string, change: (json: Json) => unknown): Promise<string> {
  const json = JSON.parse(readFileSync(referenceOf(name), 'utf8'));
  change(json);
  await writeFile(at('reference.json'), JSON.stringify(json));
  return 'reference.json';
}

const compare = (model: string, reference: string, ...args: string[]) =>
  call('compare-plaintext', '--model', model, '--reference', reference, ...args);

const SMALL = checkpointOf('roberta-three-labels');

describe('as transformers has it', () => {
  const models: [name: string, model: string][] = [
    ['bert-tiny-sst2', 'bert-tiny-sst2'],
    ...sample(
      [],
      [
        ...['roberta-three-labels', 'bf16-three-labels', 'bare-relu', 'roberta-bare', 'gpt2-tied', 'llama-grouped'],
        ...['mistral', 'qwen2'],
      ].map((name): [string, string] => [name, checkpointOf(name)]),
    ),
    ...sample([], ['gpt2-tiny-shakespeare', 'llama-tiny-shakespeare']).map((name): [string, string] => [name, name]),
  ];

  test.each(models)('%s', async (name, model) => {
    const { stdout, stderr, exitCode } = await compare(model, referenceOf(name), '--json');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { reference, tolerance, results } = JSON.parse(stdout);
    const { cases, ...about } = JSON.parse(await readFile(referenceOf(name), 'utf8'));
    expect(tolerance).toBe(0.02);
    expect(reference).toMatchObject({ transformers: about.transformers, class: about.class, within: true });
    expect(reference.tokens).toBe(cases.flatMap(({ ids }: Json) => ids).length);
    expect(reference.plaintext.logitsMax).toBeLessThan(1e-4);
    expect(reference.secure.logitsMax).toBeLessThan(1e-2);
    for (const { labels } of [reference.plaintext, reference.secure]) {
      expect(labels).toEqual(/^(Bert|Roberta)Model$/.test(about.class) ? null : { same: 2, of: 2, ties: 0 });
    }
    expect(reference.results.map(({ logits }: Json) => logits)).toEqual(cases.map(({ output }: Json) => output));
    expect(results.map(({ text, textPair }: Json) => [text, textPair])).toEqual(
      cases.map(({ text, pair, ids }: Json) => [text ?? ids.join(','), pair]),
    );
    if (name === 'llama-grouped') expect(reference.written).toEqual({ same: 6, of: 6, ties: 0 });
  });

  test('within a tolerance that is given: the report, and the page', async () => {
    const file = await edited('roberta-three-labels', ({ cases: [, second] }) => {
      second.output[0] += 0.05;
    });
    const args = ['--tolerance', '0.1', '--pad-to', '8', '--html', 'page.html'];
    const { stdout, stderr, exitCode } = await compare(SMALL, file, ...args);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/^transformers \S+ {2}RobertaForSequenceClassification$/m);
    expect(stdout).toMatch(/^token ids +8, all the same$/m);
    expect(stdout).toMatch(/^secure +logits differ by up to \S+e-2; labels 2 of 2 the same$/m);
    expect(await readFile(at('page.html'), 'utf8')).toContain('RobertaForSequenceClassification of transformers');
  });
});

describe('token ids that differ: the first, before anything is shared', () => {
  const rows: [what: string, change: (json: Json) => unknown, told: string][] = [
    [
      'another token',
      ({ cases: [, second] }) => {
        second.ids[1] = 9;
        second.tokens[1] = 'q';
      },
      '(1 of 2); text 2, token 2: 9 "q" in transformers, 213 "un" here',
    ],
    [
      'a token more',
      ({ cases: [first] }) => {
        for (const list of [first.ids, first.types]) list.push(0);
        first.tokens.push('!');
      },
      '(1 of 2); text 1, token 14: 0 "!" in transformers, none here',
    ],
    [
      'a special token less',
      ({ cases }) => {
        for (const { ids, types, tokens } of cases) for (const list of [ids, types, tokens]) list.shift();
      },
      '(2 of 2); text 1, token 1: 43 "a" in transformers, 2 here',
    ],
    [
      'another type',
      ({ cases: [first] }) => {
        first.types[1] = 1;
      },
      '(1 of 2); text 1, token 2: type 1 in transformers, 0 here',
    ],
  ];
  test.each(rows)('%s', async (_, change, told) => {
    const file = await edited('bert-tiny-sst2', change);
    const { stdout, stderr, exitCode } = await compare('bert-tiny-sst2', file);
    expect({ stdout, exitCode, lines: stderr.split('\n') }).toEqual({
      ...{ stdout: '', exitCode: 3 },
      lines: [
        `puma: token ids differ ${told} (E_DIFFERENCE)`,
        '  Check that the tokenizer files are those that the reference was made with; otherwise report it.',
      ],
    });
  });
});

describe('answers that differ: the report, and a line', () => {
  test('logits', async () => {
    const file = await edited('roberta-three-labels', ({ cases: [, second] }) => {
      second.output[0] += 0.5;
    });
    const { stdout, stderr, exitCode } = await compare(SMALL, file);
    const off = (side: string) => `${side} logits differ from transformers by up to 0.5 (tolerance 0.02), text 2`;
    expect(stderr).toBe(`puma: ${off('plaintext')}; ${off('secure')} (E_DIFFERENCE)`);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^plaintext +logits differ by up to 5\.0e-1; labels 2 of 2 the same$/m);
  });

  test('new tokens: one that differs, and one that is a tie', async () => {
    const file = await edited('llama-grouped', ({ cases: [first, second] }) => {
      first.next[1]++;
      second.next[2]++;
      second.gaps[2] = 0.03;
    });
    const { stdout, stderr, exitCode } = await compare(checkpointOf('llama-grouped'), file);
    expect(stderr).toBe('puma: new tokens differ from transformers in 1 text (E_DIFFERENCE)');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^new tokens +3 of 5 the same, 1 tie within twice the tolerance$/m);
  });
});

describe('refused', () => {
  const HINT = 'Make it again with scripts/reference.py.';
  const OTHER = 'Give the folder that it was made from, or make it from this one with scripts/reference.py.';
  const rows: [what: string, change: (json: Json) => unknown, message: string, hint: string][] = [
    [
      'other weights',
      ({ files }) => {
        files['model.safetensors'] = '0'.repeat(64);
      },
      'reference.json is of another checkpoint than roberta-three-labels: model.safetensors differs (E_REFERENCE)',
      OTHER,
    ],
    [
      'another version',
      (json) => {
        json.format = 'puma-reference/2';
      },
      'reference.json has the format "puma-reference/2"; this version reads puma-reference/1 (E_REFERENCE)',
      HINT,
    ],
    [
      'no output',
      ({ cases }) => {
        delete cases[1].output;
      },
      'reference.json: cases.1.output: Invalid input: expected array, received undefined (E_REFERENCE)',
      HINT,
    ],
    [
      'a number too few',
      ({ cases }) => {
        cases[0].output.pop();
      },
      'reference.json: text 1 has 2 numbers; roberta-three-labels gives 3 (E_REFERENCE)',
      HINT,
    ],
    [
      'lists of other lengths',
      ({ cases }) => {
        cases[0].types = [0];
      },
      'reference.json: cases.0: ids, types and tokens differ in length (E_REFERENCE)',
      HINT,
    ],
  ];
  test.each(rows)('%s', async (_, change, message, hint) => {
    const { stdout, stderr, exitCode } = await compare(SMALL, await edited('roberta-three-labels', change));
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: `puma: ${message}\n  ${hint}`, exitCode: 2 });
  });

  test('half a file', async () => {
    const text = await readFile(referenceOf('roberta-three-labels'), 'utf8');
    await writeFile(at('half.json'), text.slice(0, text.length / 2));
    const { stderr, exitCode } = await compare(SMALL, 'half.json');
    expect(stderr).toMatch(/^puma: half\.json is not JSON: [^\n]+ \(E_REFERENCE\)\n {2}Make it again/);
    expect(exitCode).toBe(2);
  });

  test('the reference of another checkpoint', async () => {
    await cp(SMALL, at('other'), { recursive: true });
    await writeFile(at('other', 'config.json'), `${readFileSync(at('other', 'config.json'), 'utf8')}\n`);
    await cp(referenceOf('roberta-three-labels'), at('reference.json'));
    const { stderr, exitCode } = await compare('other', 'reference.json');
    const message = 'reference.json is of another checkpoint than other: config.json differs (E_REFERENCE)';
    expect({ stderr, exitCode }).toEqual({ stderr: `puma: ${message}\n  ${OTHER}`, exitCode: 2 });
  });

  test.each([
    ['--text', 'a'],
    ['--data', 'x.tsv'],
    ['--input-ids', '1,2'],
  ])('%s beside it', async (...args) => {
    const { stderr, exitCode } = await compare(SMALL, referenceOf('roberta-three-labels'), ...args);
    const message = '--reference takes the place of --data, --text, --prompt, --text-pair, --file and --input-ids';
    expect({ stderr, exitCode }).toEqual({
      stderr: `puma: ${message} (E_USAGE)\n  try puma compare-plaintext --help`,
      exitCode: 2,
    });
  });

  test('a model without files', async () => {
    const { stderr } = await compare(
      'synthetic:bert-base-uncased',
      referenceOf('roberta-three-labels'),
      '--layers',
      '1',
    );
    expect(stderr).toMatch(
      /^puma: synthetic:bert-base-uncased has no files, and \S+ is of a checkpoint \(E_REFERENCE\)/,
    );
  });
});

/** `puma compare-plaintext` where answers are wrong: it points at the site, and exits with 3. */
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { CRAFTED, writeCrafted } from '../models/crafted.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, call } = world();

/** Leaves every ring in the last layer: inputs of activations that reach 10^10, where the widest rings hold 2^30. */
function loudWeights() {
  const weights = randomWeights(SMALL);
  const up = weights.get('bert.encoder.layer.1.intermediate.dense.weight')!;
  up.data = up.data.map((x) => x * 1e10);
  return weights;
}

const DOWN = CRAFTED.find(({ name }) => name.startsWith('a down projection'))!;

beforeAll(async () => {
  await writeCheckpoint(at('loud'), { weights: loudWeights() });
  await writeCrafted(DOWN, at('llama'));
  await writeFile(at('rows.tsv'), 'text\tlabel\na b c\t1\nd e f g\t0\nh i\t1\n');
});

const compare = (model: string, ...args: string[]) =>
  call('compare-plaintext', '--model', model, '--unsafe-ranges', ...args);

const SITE = String.raw`layer\.\d\.[a-z\d]+ [a-z ]+: [\d.,]+(e\+\d+)? where [\d.,]+ holds; run puma calibrate`;
const OFF = String.raw`by up to \S+ \(tolerance 0\.1\)`;

/** A line of stderr: what differs, and where to look. */
const told = (what: string) => new RegExp(String.raw`^puma: ${what} ${OFF}; ${SITE} \(E_DIFFERENCE\)$`);
const LOGITS = String.raw`(labels differ \(\d of \d\), logits|next tokens differ \(\d of \d\), logits|logits differ)`;

describe('values that leave their ring', () => {
  test('a text: the report, and a line on stderr', async () => {
    const { stdout, stderr, exitCode } = await compare('loud', '--text', 'a b c');
    expect(stderr).toMatch(told(LOGITS));
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(new RegExp(`^labels  (the same|different); logits differ ${OFF}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^fault   ${SITE}$`, 'm'));
    expect(stdout).toMatch(/^difference +largest +mean$/m);
    expect(stdout).toMatch(/opened for this comparison: traffic and rounds are those of an inference and more\.$/);
  });

  test('--json and --html say it too', async () => {
    const { stdout, stderr, exitCode } = await compare('loud', '--text', 'a b c', '--json', '--html', 'page.html');
    expect({ exitCode, lines: stderr.split('\n').length }).toEqual({ exitCode: 3, lines: 1 });
    const { within, tolerance, fault } = JSON.parse(stdout);
    expect({ within, tolerance, fault }).toMatchObject({
      ...{ within: false, tolerance: 0.1 },
      fault: { layer: 'layer.1', site: expect.stringMatching(/^layer\.1\./), holds: false },
    });
    expect(fault.range.most).toBeGreaterThan(fault.bound.most);
    expect(stderr).toContain(`; ${fault.message} (E_DIFFERENCE)`);
    const page = await readFile(at('page.html'), 'utf8');
    expect(page).toContain('<p class="bad"><strong>✗ logits differ by up to ');
    expect(page).toContain(`<p class="bad">Fault: ${fault.message}</p>`);
  });

  test('a model that generates', async () => {
    const { stdout, stderr, exitCode } = await compare('llama', '--input-ids', '7,1,4,11,12', '--json');
    expect(stderr).toMatch(told(LOGITS));
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout).fault).toMatchObject({ layer: 'layer.1', holds: false });
  });

  test.each([['3'], ['0']])('a data set of which %s rows are opened', async (opened) => {
    const args = ['--data', 'rows.tsv', '--layers-of', opened, '--resume', `state-${opened}.jsonl`, '--json'];
    const { stdout, stderr, exitCode } = await compare('loud', ...args);
    expect(stderr).toMatch(told(LOGITS));
    expect(exitCode).toBe(3);
    const { within, fault, layers } = JSON.parse(stdout);
    expect({ within, layer: fault.layer, opened: layers.length > 0 }).toEqual({
      ...{ within: false, layer: 'layer.1', opened: opened !== '0' },
    });
    expect(fault.error).toBe(opened === '0' ? null : layers[2].max);

    // From the records alone, the same
    const again = await compare('loud', ...args);
    expect({ ...again, stdout: JSON.parse(again.stdout).fault }).toEqual({ exitCode, stderr, stdout: fault });
  });
});

describe('a tolerance', () => {
  const NO_RANGE = String.raw`embeddings: off by \S+; no value left its range, with \d+\.\d bits of room at [a-z.]+ [a-z ]+`;

  test('that no fixed-point number keeps: no site is to blame', async () => {
    const { stdout, stderr, exitCode } = await compare('model', '--text', 'a b c', '--tolerance', '1e-9');
    expect(stderr).toMatch(
      new RegExp(String.raw`^puma: logits differ by up to \S+ \(tolerance 1\.0e-9\); ${NO_RANGE} \(E_DIFFERENCE\)$`),
    );
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(new RegExp(`^fault   ${NO_RANGE}$`, 'm'));
  });

  test('that is kept', async () => {
    const { stdout, stderr, exitCode } = await compare('model', '--data', 'rows.tsv', '--tolerance', '0.05');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/^labels {2}3 of 3 the same, 100\.0 %$/m);
    expect(stdout).not.toContain('fault');
  });

  test.each(['0', '-1', 'x', '', 'Infinity'])('that is none: %j', async (tolerance) => {
    const { stdout, stderr, exitCode } = await compare('model', '--text', 'a', `--tolerance=${tolerance}`);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toBe(
      `puma: option '--tolerance <t>' argument '${tolerance}' is invalid. It must be a number above 0. (E_USAGE)\n` +
        '  try puma compare-plaintext --help',
    );
  });
});

/** `--html`: what is written where, and what is told when it cannot be. */
import { chmod, lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { parseHTML } from 'linkedom';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../commands/world.ts';
import { EVIL } from './html-samples.ts';

const { at, call } = world();

const infer = (...args: string[]) => call('infer', '--model', 'model', '--text', 'a b c', ...args);

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

async function embeddedIn(path: string): Promise<unknown> {
  const { document } = parseHTML(await readFile(path, 'utf8'));
  return JSON.parse(document.querySelector('#report')!.textContent!);
}

describe('a page', () => {
  afterEach(() => rm(at('page.html'), { force: true }));

  let ended: Awaited<ReturnType<typeof infer>>;
  let embedded: unknown;
  beforeAll(async () => {
    await writeFile(at('page.html'), 'what was there');
    ended = await infer('--text', EVIL, '--html', 'page.html', '--json');
    embedded = await embeddedIn(at('page.html'));
    await rm(at('page.html'));
  });

  test('holds the very JSON that is printed, and replaces a file', () => {
    expect({ ...ended, stdout: '' }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const report = JSON.parse(ended.stdout);
    expect(embedded).toEqual(report);
    expect(report.results[1].text).toBe(EVIL);
  });

  test('what it adds up: kinds and links make the totals', () => {
    const report = JSON.parse(ended.stdout);
    const kinds = Object.values(report.kinds) as { bytes: number; rounds: number }[];
    expect(sum(kinds.map(({ bytes }) => bytes))).toBe(report.bytes.dealer + report.bytes.online);
    expect(sum(kinds.map(({ rounds }) => rounds))).toBe(report.rounds);
    const links = report.bytes.links as { from: string; bytes: number }[];
    expect(sum(links.map(({ bytes }) => bytes))).toBe(report.bytes.total);
    expect(sum(links.filter(({ from }) => from === '0').map(({ bytes }) => bytes))).toBe(report.bytes.dealer);
    const layers = report.layers as { name: string; seconds: number }[];
    expect(layers.map(({ name }) => name)).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits', 'answer']);
    // The clock of the layers starts before an inference and stops after it
    expect(sum(layers.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(report.seconds.inference - 1e-6);
  });

  test('a link stays a link', async () => {
    await writeFile(at('target.html'), '');
    await symlink('target.html', at('page.html'));
    expect((await infer('--html', 'page.html')).exitCode).toBe(0);
    expect((await lstat(at('page.html'))).isSymbolicLink()).toBe(true);
    expect(await embeddedIn(at('target.html'))).toMatchObject({ model: 'model' });
  });

  test('of compare-plaintext', async () => {
    const args = ['compare-plaintext', '--model', 'model', '--text', 'a b', '--html', 'page.html', '--json'];
    const { stdout, exitCode } = await call(...args);
    expect(exitCode).toBe(0);
    expect(await embeddedIn(at('page.html'))).toEqual(JSON.parse(stdout));
  });

  test('of compare-plaintext --data', async () => {
    await writeFile(at('rows.tsv'), 'sentence\tlabel\na b c\t1\nd e f\t0\n');
    const { stdout, stderr, exitCode } = await call(
      ...['compare-plaintext', '--model', 'model', '--data', 'rows.tsv', '--html', 'page.html', '--json'],
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(await embeddedIn(at('page.html'))).toEqual(JSON.parse(stdout));
  });

  test('of bench', async () => {
    const { stdout, exitCode } = await call(
      ...['bench', '--model', 'model', '--tokens', '8', '--repeats', '1', '--html', 'page.html', '--json'],
    );
    expect(exitCode).toBe(0);
    expect(await embeddedIn(at('page.html'))).toEqual(JSON.parse(stdout));
  });
});

describe('a path that cannot be written is told before anything is run', () => {
  test.each([
    ['model', 'cannot write model: it is a folder, not a file', 'Give --html the name of a file.'],
    ['', 'cannot write --html "": it is a folder, not a file', 'Give --html the name of a file.'],
    ['/dev/null', 'cannot write /dev/null: it is not a regular file', 'Give --html the name of a file.'],
    ['no/page.html', 'cannot write no/page.html: a folder of the path does not exist', 'Create the folder first.'],
    [
      'model/config.json/page.html',
      'cannot write model/config.json/page.html: a part of the path is a file, not a folder',
      'Check the path.',
    ],
  ])('%j', async (path, message, hint) => {
    expect(await infer('--html', path)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `puma: ${message} (E_WRITE)\n  ${hint}`,
    });
  });

  test.skipIf(process.getuid?.() === 0)('a folder that is read-only (root may write everywhere)', async () => {
    await mkdir(at('locked'));
    await chmod(at('locked'), 0o500);
    const { stderr } = await infer('--html', 'locked/page.html');
    expect(stderr).toBe(
      "puma: cannot write locked/page.html: permission denied (E_WRITE)\n  Check the folder's owner and permissions.",
    );
  });
});

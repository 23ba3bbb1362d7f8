/** The `--html` option: the report as a page. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import { thisMachine } from '../bench/machine.ts';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import type { About } from '../report/html/page.ts';
import { bytes, count } from '../report/units.ts';

export type HtmlOptions = { html?: string };

export const HTML_OPTION = new Option(
  '--html <file>',
  'write the report as a page, with plots; a file there is replaced',
);

/** Fails before the work rather than after it. Only a regular file is ever replaced. */
export async function checkHtml({ html: path }: HtmlOptions): Promise<void> {
  if (path === undefined) return;
  const fail = (what: string): never => {
    throw new PumaError(
      'E_WRITE',
      `cannot write ${path || '--html ""'}: it is ${what}`,
      'Give --html the name of a file.',
    );
  };
  await io('write', path, async () => {
    const found = await stat(resolve(path)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (found?.isDirectory()) fail('a folder, not a file');
    if (found && !found.isFile()) fail('not a regular file');
    if (found) await access(resolve(path), constants.W_OK);
    await access(dirname(resolve(path)), constants.W_OK);
  });
}

type Pages = typeof import('../report/html/index.ts');

/**
 * Writes the page, complete or not at all. `pageOf` picks the kind of page; what draws plots is loaded only here.
 * The page is made from the very JSON that --json prints.
 */
export async function writeHtml(
  { html: path }: HtmlOptions,
  command: string,
  pageOf: (pages: Pages, about: About) => string,
): Promise<void> {
  if (path === undefined) return;
  const { cpu, cores, memoryBytes, node } = thisMachine();
  const machine = `${cpu}, ${count(cores, 'core')}, ${bytes(memoryBytes)}, node ${node}`;
  const about = { command: `puma ${command}`, version: await version(), date: new Date(), machine };
  const text = pageOf(await import('../report/html/index.ts'), about);
  await checkHtml({ html: path });
  await io('write', path, () => replace(path, text));
}

async function replace(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path)); // a link stays a link
  const partial = `${target}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(partial, text, { flag: 'wx' });
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text).version;
}

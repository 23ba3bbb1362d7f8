/** The `--html` option: the report as a page. */
import { Option } from 'commander';
import { thisMachine, version } from '../library/machine.ts';
import { checkReplaceable, replaceFile } from '../report/file.ts';
import type { About } from '../report/html/page.ts';
import { bytes, count } from '../report/units.ts';

export type HtmlOptions = { html?: string | undefined };

export const HTML_OPTION = new Option(
  '--html <file>',
  'write the report as a page, with plots; a file there is replaced',
);

/** Fails before the work rather than after it. */
export async function checkHtml({ html: path }: HtmlOptions): Promise<void> {
  if (path !== undefined) await checkReplaceable(path, '--html');
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
  const about = { command: `puma ${command}`, version: version(), date: new Date(), machine };
  const text = pageOf(await import('../report/html/index.ts'), about);
  await checkHtml({ html: path });
  await replaceFile(path, text);
}

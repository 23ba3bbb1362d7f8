/** Real processes that run the transport: its sources are translated into a folder, where child scripts import them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const sources = fileURLToPath(new URL('../../src/', import.meta.url));

/** Fills the folder with JavaScript: `transport/*.js`, `errors.js`, and the script as `child.js`. */
export async function translate(folder: string, script: string): Promise<void> {
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    rewriteRelativeImportExtensions: true,
  };
  const files = (await readdir(join(sources, 'transport'))).map((name) => join('transport', name));
  await mkdir(join(folder, 'transport'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'child.js'), script);
  for (const file of ['errors.ts', ...files]) {
    const { outputText } = ts.transpileModule(await readFile(join(sources, file), 'utf8'), { compilerOptions });
    await writeFile(join(folder, file.replace(/\.ts$/, '.js')), outputText);
  }
}

export type Child = { process: ChildProcess; output: () => string; exit: Promise<number | NodeJS.Signals> };

export function start(folder: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [join(folder, 'child.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const exit = once(child, 'close').then(([code, signal]) => signal ?? code);
  return { process: child, output: () => text, exit };
}

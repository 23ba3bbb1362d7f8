/**
 * Compiles the program to dist/: few files, since each costs about a millisecond when a process starts, and a run starts
 * four of them. Dependencies stay in node_modules. `tsc` writes the types beside them (npm run build).
 */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What is started by name: the front doors, and the two programs around the native tokenizer. */
const STARTED = ['main', 'index', 'parts', 'tokenizers/engines/thread', 'tokenizers/engines/program'];

rmSync(join(root, 'dist'), { recursive: true, force: true }); // nothing of a source that is gone
await build({
  absWorkingDir: root,
  entryPoints: STARTED.map((name) => `src/${name}.ts`),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});

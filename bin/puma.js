#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (!existsSync(program)) {
  process.stderr.write('puma: this copy of Puma is not built (E_SETUP)\n  Run: npm run setup\n');
  process.exit(1);
}
const { main } = await import(program.href);
await main(process.argv.slice(2));

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bills, errors, marks } from './docs-tables.ts';

const PATH = new URL('../../docs/protocols.md', import.meta.url);

/** The document; with PUMA_DOCS=write (npm run docs), after its tables were made anew. */
function document(): string {
  let text = readFileSync(PATH, 'utf8');
  if (process.env.PUMA_DOCS !== 'write') return text;
  for (const [name, table] of Object.entries({ bills: bills(), errors: errors() })) {
    text = text.replace(new RegExp(`(<!-- ${name}[^>]*-->\n)[^]*(?=<!-- /${name})`), (_, mark) => mark + table);
  }
  writeFileSync(PATH, text);
  return text;
}

const TEXT = document();

/** What stands between the marks of this name. */
const generated = (name: string): string => TEXT.split(marks(name))[1] ?? '';

/** If one of these fails: npm run docs. */
test('docs/protocols.md has the bills that the price functions declare', () => {
  expect(generated('bills')).toBe(bills());
});

test('docs/protocols.md has the errors that the tests allow', () => {
  expect(generated('errors')).toBe(errors());
});

test('docs/protocols.md names every protocol file', async () => {
  const { readdirSync } = await import('node:fs');
  for (const file of readdirSync(new URL('../../src/mpc', import.meta.url))) expect(TEXT).toContain(file);
});

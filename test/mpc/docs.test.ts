import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { APPROXIMATIONS, pointsOf, pumaError } from './approximations.ts';
import { plot } from './approximations-plot.ts';
import { approximations, bills, errors, marks } from './docs-tables.ts';
import { ERRORS } from './errors.ts';

const PATH = new URL('../../docs/protocols.md', import.meta.url);

/** The document; with PUMA_DOCS=write (npm run docs), after its tables were made anew. */
function document(): string {
  let text = readFileSync(PATH, 'utf8');
  if (process.env.PUMA_DOCS !== 'write') return text;
  const tables = { bills: bills(), errors: errors(), approximations: approximations() };
  for (const [name, table] of Object.entries(tables)) {
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

test('docs/protocols.md has the approximations beside the paper’s', async () => {
  expect(generated('approximations')).toBe(approximations());
  if (process.env.PUMA_DOCS !== 'write') return;
  writeFileSync(new URL('../../docs/images/approximations.svg', import.meta.url), await plot());
});

test.each(APPROXIMATIONS)('$name is closer than the paper’s polynomials over the whole domain', async (function_) => {
  const points = pointsOf(function_);
  const ours = await function_.secure(points);
  const largest = Math.max(...ours.map((v, i) => Math.abs(v - function_.exact(points[i]!))));
  expect(largest).toBeLessThan(ERRORS[function_.name].bound);
  expect(largest).toBeLessThan(pumaError(function_) / 10);
});

test('docs/protocols.md names every protocol file', async () => {
  const { readdirSync } = await import('node:fs');
  for (const file of readdirSync(new URL('../../src/mpc', import.meta.url))) expect(TEXT).toContain(file);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Bound, ERRORS } from './errors.ts';
import { TABLE } from './table.ts';

const TEXT = readFileSync(new URL('../../docs/protocols.md', import.meta.url), 'utf8');

/** What stands between the marks of this name. */
function generated(name: string): string {
  const [, text] = TEXT.split(new RegExp(`<!-- /?${name}[^>]*-->\n`));
  return text ?? '';
}

const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |\n`;
const figure = (x: number) => (Number.isInteger(x) ? `${x}` : x.toFixed(1));

function bills(): string {
  const lines = TABLE.map(({ name, per = 'element', n, price }) => {
    const { rounds, dealer, online } = price(n);
    return row(name, per, rounds, figure(dealer / n), figure(online / n), figure((dealer + online) / n));
  });
  return (
    row('protocol', 'bits per', 'rounds', 'dealer', 'online', 'in all') + row(...Array(6).fill('---')) + lines.join('')
  );
}

function errors(): string {
  const lines = Object.entries<Bound>(ERRORS).map(([name, { domain, bound, relative }]) => {
    const size = relative ? `2^${Math.log2(bound)}, relative` : bound.toExponential(1);
    return row(name, domain, size);
  });
  return row('function', 'domain', 'error below') + row('---', '---', '---') + lines.join('');
}

/** If one of these fails, put what was expected between the marks in docs/protocols.md. */
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

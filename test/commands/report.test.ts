import { describe, expect, test } from 'vitest';
import { oneLine, PLAIN, table } from '../../src/report/text.ts';
import { bytes, count, percent, seconds, small } from '../../src/report/units.ts';

describe('units', () => {
  test.each([
    [bytes, 0, '0 B'],
    [bytes, 999, '999 B'],
    [bytes, 1000, '1.00 kB'],
    [bytes, 99_950, '100 kB'],
    [bytes, 999_499, '999 kB'],
    [bytes, 999_500, '1.00 MB'],
    [bytes, 2_824_715, '2.82 MB'],
    [bytes, 1.6e9, '1.60 GB'],
    [bytes, 4e15, '4000 TB'],
    [seconds, 0.042, '0.04 s'],
    [seconds, 1.26, '1.3 s'],
    [seconds, 9.97, '10 s'],
    [seconds, 119.4, '119 s'],
    [seconds, 119.6, '2 min 0 s'],
    [percent, 0.9876, '98.8 %'],
    [small, 0, '0'],
    [small, 0.000012, '1.2e-5'],
  ] as const)('%o of %d is %s', (unit, value, text) => {
    expect(unit(value)).toBe(text);
  });

  test('count', () => {
    expect([count(0, 'text'), count(1, 'text'), count(2, 'text')]).toEqual(['0 texts', '1 text', '2 texts']);
  });
});

describe('table', () => {
  test('wide and combining letters keep the columns straight; control characters stay out', () => {
    const rows = [
      ['電影', '1', 'x'],
      ['cafe\u0301', '22', 'y'],
      ['a\u001b[31m', '333', 'z'],
    ];
    const columns = [{ title: 'text' }, { title: 'n', right: true }, { title: 'last' }];
    expect(table(columns, rows, PLAIN)).toMatchInlineSnapshot(`
      "text      n  last
      電影      1  x
      café     22  y
      a [31m  333  z"
    `);
  });

  test('styles do not count', () => {
    const style = { ...PLAIN, faint: (text: string) => `<${text}>` };
    const columns = [{ title: 'a', style: (text: string) => `*${text}*` }, { title: 'b' }];
    expect(table(columns, [['long', 'x']], style)).toBe('<a>     <b>\n*long*  x');
  });
});

test.each([
  ['a\n b\t', 'a b'],
  ['\u001b[31mred', '[31mred'],
  ['x'.repeat(80), `${'x'.repeat(71)}…`],
])('oneLine(%j)', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

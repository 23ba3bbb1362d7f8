import { truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkText, readLines } from '../../src/tokenizers/text.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(path(name), bytes);
  return path(name);
}

test('lines: byte order mark, CRLF, empty lines, no newline at the end', async () => {
  const lines = await readLines(await file('lines.txt', '\ufeffone\r\n\r\n  \n two \n\nthrée'));
  expect(lines).toEqual([
    { number: 1, text: 'one' },
    { number: 4, text: ' two ' },
    { number: 6, text: 'thrée' },
  ]);
});

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

const NOT_UTF8: [what: string, file: Uint8Array, where: string][] = [
  ['latin-1', bytes('good\ncaf', [0xe9], '\n'), 'line 2, byte 8 (0xe9)'],
  ['first byte', bytes([0x80]), 'line 1, byte 0 (0x80)'],
  ['cut at the end', bytes('ab\n€', [0xe2, 0x82]), 'line 2, byte 6 (0xe2)'],
  ['lead at the end', bytes('a', [0xf0]), 'line 1, byte 1 (0xf0)'],
  ['overlong', bytes('é', [0xc0, 0xaf]), 'line 1, byte 2 (0xc0)'],
  ['surrogate', bytes('\n\n', [0xed, 0xa0, 0x80]), 'line 3, byte 2 (0xed)'],
  ['lead before a letter', bytes('ab', [0xe2, 0x28, 0xa1]), 'line 1, byte 2 (0xe2)'],
  ['utf-16', bytes([0xff, 0xfe, 0x41, 0x00]), 'line 1, byte 0 (0xff)'],
];

test.each(NOT_UTF8)('not UTF-8: %s', async (what, content, where) => {
  const name = await file(`${what}.txt`, content);
  expect(await refusal(readLines(name))).toBe(`E_TEXT ${name} is not UTF-8: ${where}`);
});

test('one wrong byte in a text is found where it is', async () => {
  const texts = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom(0x80, 0xbf, 0xc0, 0xff), async ([before, after], bad) => {
      const offset = Buffer.byteLength(before);
      const found = await refusal(readLines(await file('random.txt', bytes(before, [bad], after))));
      expect(found).toContain(`, byte ${offset} (`);
    }),
    { numRuns: 100 },
  );
});

test('files without text', async () => {
  const empty = await file('empty.txt', '');
  expect(await refusal(readLines(empty))).toBe(`E_TEXT ${empty} holds no text`);
  const blank = await file('blank.txt', '\ufeff\n \r\n\t\n');
  expect(await refusal(readLines(blank))).toBe(`E_TEXT ${blank} holds no text`);
  expect(await refusal(readLines(path('none')))).toBe(`E_MISSING ${path('none')} does not exist`);
  expect(await refusal(readLines(path('.')))).toBe(`E_READ cannot read ${path('.')}: it is not a regular file`);
  await truncate(empty, 100_000_001);
  expect(await refusal(readLines(empty))).toBe(`E_READ ${empty} has 100000001 bytes; at most 100000000 are expected`);
});

test('empty texts', async () => {
  expect(checkText(' a ')).toBe(' a ');
  expect(await refusal(() => checkText(''))).toBe('E_TEXT the text is empty');
  expect(await refusal(() => checkText(' \n\t', 'the second text'))).toBe('E_TEXT the second text is empty');
});

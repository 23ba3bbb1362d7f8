import { describe, expect, test } from 'vitest';
import { Writing } from '../../src/runtime/writing.ts';

/** Tokens are bytes of UTF-8. */
const decode = (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids));
const bytes = (text: string) => [...new TextEncoder().encode(text)];

function write(
  text: string,
  stops: string[] = [],
  prompt = 'P: ',
): { pieces: string[]; text: string; stopped: boolean } {
  const writing = new Writing(decode, bytes(prompt), stops);
  const pieces: string[] = [];
  for (const id of bytes(text)) {
    pieces.push(writing.push(id));
    if (writing.stopped) break;
  }
  pieces.push(writing.end());
  return { pieces, text: writing.text, stopped: writing.stopped };
}

describe('new text as it comes', () => {
  const cases: [what: string, text: string, stops: string[], pieces: string[], whole: string][] = [
    ['letter by letter', 'abc', [], ['a', 'b', 'c', ''], 'abc'],
    ['nothing', '', [], [''], ''],
    ['whole characters', 'é€', [], ['', 'é', '', '', '€', ''], 'é€'],
    ['up to a stop text', 'ab.cd', ['.'], ['a', 'b', '', ''], 'ab'],
    ['what may become a stop text waits', 'a<e>b', ['<end>'], ['a', '', '', '<e>', 'b', ''], 'a<e>b'],
    ['and comes at the end', 'a<e', ['<end>'], ['a', '', '', '<e'], 'a<e'],
    ['the first of two stop texts', 'one two', ['two', 'ne'], ['o', '', '', ''], 'o'],
    ['a stop text at once', 'xyz', ['x'], ['', ''], ''],
  ];
  test.each(cases)('%s', (_, text, stops, pieces, whole) => {
    const written = write(text, stops);
    expect(written.pieces).toEqual(pieces);
    expect(written.text).toBe(whole);
    expect(written.pieces.join('')).toBe(whole);
  });

  test('the end of the prompt is not mistaken for new text', () => {
    expect(write('x', ['P']).stopped).toBe(false);
  });

  test('a prompt that ends in half a character', () => {
    const [first, second] = bytes('é') as [number, number];
    const writing = new Writing(decode, [first]);
    writing.push(second);
    expect(writing.end()).toBe(''); // the character stands where half of it stood
  });
});

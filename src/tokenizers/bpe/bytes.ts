/**
 * GPT-2's alphabet: a printable character for each byte, so that any text is a string of known characters. Printable
 * bytes stand for themselves; the others take the characters from U+0100 on, in order.
 */
const PRINTABLE = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);

const ALPHABET: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(PRINTABLE(byte) ? byte : next++));
})();

const BYTES: ReadonlyMap<string, number> = new Map(ALPHABET.map((character, byte) => [character, byte]));

/** The UTF-8 bytes of a text, in the alphabet. */
export function toAlphabet(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  let out = '';
  for (const byte of new TextEncoder().encode(text)) out += ALPHABET[byte];
  return out;
}

/** The bytes that a token stands for: its own UTF-8 when it has a character that is not of the alphabet. */
export function fromAlphabet(token: string): Iterable<number> {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTES.get(character);
    if (byte === undefined) return new TextEncoder().encode(token);
    bytes.push(byte);
  }
  return bytes;
}

/**
 * The fast tokenizers tell letters and digits apart by Unicode 16; JavaScript does it by the version that Node brings along.
 * A text is split by its shadow: as long as the text, and with an old character of the same class in the place of each one
 * whose class depends on the version. The tables were found by comparing both on every code point (tokenizers 0.23).
 */
export function shadowOf(text: string): string {
  return text.replace(YOUNG, (character) => {
    const [narrow, wide] = STAND_INS.find(([ofClass]) => ofClass.test(character))![1];
    return character.length === 1 ? narrow : wide;
  });
}

/** A character class of code points and ranges in hexadecimal. */
function classOf(ranges: string): string {
  const points = ranges.trim().replace(/[0-9a-f]+/g, '\\u{$&}');
  return points.replace(/\s+/g, '');
}

/** Letters of Unicode 15 and 16. */
const LETTER = classOf(`
  1c89-1c8a a7cb-a7cd a7da-a7dc 105c0-105f3 10d4a-10d65 10d6f-10d85 10ec2-10ec4 1123f-11240 11380-11389 1138b 1138e
  11390-113b5 113b7 113d1 113d3 11bc0-11be0 11f02 11f04-11f10 11f12-11f33 1342f 13441-13446 13460-143fa 16100-1611d
  16d40-16d6c 18cff 1b132 1b155 1df25-1df2a 1e030-1e06d 1e4d0-1e4eb 1e5d0-1e5ed 1e5f0 2b739 2ebf0-2ee5d 31350-323af
`);

/** Digits of Unicode 15 and 16. */
const NUMBER = classOf(`
  10d40-10d49 116d0-116e3 11bf0-11bf9 11f50-11f59 16130-16139 16d70-16d79 1ccf0-1ccf9 1d2c0-1d2d3 1e4f0-1e4f9 1e5f1-1e5fa
`);

/** Letters, marks and digits of Unicode 17: nothing to the fast tokenizers. */
const UNASSIGNED = classOf(`
  88f c5c cdc 1acf-1add 1ae0-1aeb a7ce-a7cf a7d2 a7d4 a7f1 10940-10959 10ec5-10ec7 10efa-10efb 11b60-11b67 11db0-11ddb
  11de0-11de9 16ea0-16eb8 16ebb-16ed3 16ff2-16ff6 187f8-187ff 18d09-18d1e 18d80-18df2 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff
  2b73a-2b73f 2cea2-2cead 323b0-33479
`);

/** Where they take digits apart, they know those of Unicode 17 too. */
export const ANY_NUMBER = `[\\p{N}${NUMBER}${classOf('11de0-11de9 16ff4-16ff6')}]`;

const YOUNG = new RegExp(`[${LETTER}${NUMBER}${UNASSIGNED}]`, 'gu');

/** Per class: an old member of one code unit, and one of two. No digit of Unicode 15 and 16 has one code unit. */
const STAND_INS: readonly (readonly [ofClass: RegExp, [narrow: string, wide: string]])[] = [
  [new RegExp(`[${LETTER}]`, 'u'), ['\u05d0', '\u{10400}']],
  [new RegExp(`[${NUMBER}]`, 'u'), ['\u0660', '\u{10107}']],
  [/./su, ['\u0378', '\u{10ffff}']],
];

/** Texts to try tokenizers on: random ones of every script and of what tokenizers treat apart, and lines of real ones. */
import { readFileSync } from 'node:fs';

/** A generator of numbers below n: the same ones for the same seed. */
function numbers(seed) {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

/** First and last code point of stretches from which characters are drawn. */
const STRETCHES = [
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0x30, 0x39],
  [0x20, 0x20],
  [0x00, 0x1f],
  [0x7f, 0xff],
  [0x100, 0x24f],
  [0x250, 0x2ff],
  [0x300, 0x36f],
  [0x370, 0x3ff],
  [0x400, 0x52f],
  [0x531, 0x58f],
  [0x590, 0x6ff],
  [0x700, 0x8ff],
  [0x900, 0xdff],
  [0xe00, 0xeff],
  [0xf00, 0x10ff],
  [0x1100, 0x11ff],
  [0x1680, 0x18af],
  [0x1e00, 0x1fff],
  [0x2000, 0x206f],
  [0x2070, 0x21ff],
  [0x2200, 0x2bff],
  [0x2e00, 0x2e7f],
  [0x3000, 0x30ff],
  [0x3130, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xabff],
  [0xac00, 0xd7a3],
  [0xe000, 0xf8ff],
  [0xf900, 0xfaff],
  [0xfb00, 0xfdff],
  [0xfe00, 0xfe6f],
  [0xfe70, 0xffff],
  [0x10000, 0x10fff],
  [0x11000, 0x11fff],
  [0x12000, 0x14fff],
  [0x16000, 0x1afff],
  [0x1b000, 0x1efff],
  [0x1f000, 0x1faff],
  [0x20000, 0x323af],
  [0xe0000, 0xe01ef],
  [0x0, 0x10ffff],
];

const WORDS = [
  ...[
    'the',
    'film',
    ' and',
    "don't",
    "we'll",
    "IT'S",
    ' 1234567',
    '3.14',
    '...',
    '--',
    '\n',
    '\n\n',
    '\r\n',
    '\t',
    '  ',
    '   ',
    ' ',
  ],
  ...[
    'caf\u00e9',
    'cafe\u0301',
    '\u4f60\u597d',
    '\u65e5\u672c\u8a9e',
    '\ud55c\uad6d',
    '\u043f\u0440\u0438\u0432\u0435\u0442',
  ],
  ...[
    '\ufb01ne',
    '\u00bd',
    '\u2460',
    '\u2581',
    '\u2581a',
    ' \u2581',
    '\u0120',
    '<0x0A>',
    '##ing',
    '\u{1f600}',
    '\u{1f468}\u200d\u{1f469}',
  ],
  ...[
    'https://example.org/a?b=c',
    'x = f(a, b);',
    '{"a": [1, 2]}',
    '\u00a0',
    '\u3000',
    '\u200b',
    '\ufeff',
    '\u0000',
    '\ufffd',
    ' .',
    " n't",
  ],
];

/** Random texts, some of them pairs: characters of one or two scripts, words, and the tokens that a tokenizer knows. */
export function randomTexts(count, seed, tokens) {
  const below = numbers(seed);
  const pick = (list) => list[below(list.length)];
  const character = ([from, to]) => {
    const point = from + below(to - from + 1);
    return point >= 0xd800 && point < 0xe000 ? '\ufffd' : String.fromCodePoint(point);
  };
  const piece = (stretches) => {
    const kind = below(10);
    if (kind === 0 && tokens.length > 0) return pick(['', ' ']) + pick(tokens) + pick(['', ' ', '\n']);
    if (kind <= 3) return pick(WORDS);
    return Array.from({ length: 1 + below(6) }, () => character(pick(stretches))).join('');
  };
  const text = () => {
    const stretches = below(4) === 0 ? STRETCHES : [pick(STRETCHES), pick(STRETCHES), [0x61, 0x7a], [0x20, 0x20]];
    return Array.from({ length: below(14) }, () => piece(stretches)).join('');
  };
  return Array.from({ length: count }, () => (below(8) === 0 ? [text(), text()] : text()));
}

/** Lines of real texts, spread over the files. */
export function realTexts(files, count, shift) {
  return files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const wanted = Math.floor(count / files.length);
    const step = Math.max(1, Math.floor(lines.length / wanted));
    return Array.from({ length: wanted }, (_, i) => lines[(i * step + shift) % lines.length]);
  });
}

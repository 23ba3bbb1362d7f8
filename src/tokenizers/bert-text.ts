/**
 * BERT's text clean-up and word splitting, as Hugging Face's fast tokenizers do them. The JavaScript library differs in
 * - ideographs beyond U+FFFF, which it does not set apart as words of their own;
 * - the capital sigma, which it lowers by its place in the word (the fast tokenizers lower every character by itself);
 * - characters that joined Unicode, or changed their class, after the tables of the fast tokenizers were made.
 * The tables below were found by comparing both on every code point (tokenizers 0.23).
 */
export type BertSettings = {
  clean_text?: boolean;
  handle_chinese_chars?: boolean;
  /** As `lowercase` when it is left open. */
  strip_accents?: boolean | null;
  lowercase?: boolean;
};

export function normalise(text: string, settings: BertSettings): string {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true } = settings;
  if (clean_text) text = cleanText(text);
  if (handle_chinese_chars) text = text.replace(IDEOGRAPH, ' $& ');
  if (settings.strip_accents ?? lowercase) text = stripAccents(text);
  return lowercase ? lower(text) : text;
}

/** Words are runs of letters, digits and symbols; each punctuation mark is a word. */
export function splitWords(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Drops control characters and makes every kind of white space a space. */
function cleanText(text: string): string {
  return text.replace(CONTROL, '').replace(/\p{White_Space}/gu, ' ');
}

function stripAccents(text: string): string {
  const plain = text.replace(DECOMPOSED, (part) => part.normalize('NFD').replace(/\p{Mn}/gu, ''));
  return plain.replace(FORMER_MARK, '');
}

function lower(text: string): string {
  return text.replaceAll('\u03a3', '\u03c3').toLowerCase();
}

// ---- tables: hexadecimal code points and ranges ----

/** A character class of code points and ranges. */
function classOf(ranges: string): string {
  return ranges
    .trim()
    .replace(/[0-9a-f]+/g, '\\u{$&}')
    .replace(/\s+/g, '');
}

const IDEOGRAPH = new RegExp(
  `[${classOf(`3400-4dbf 4e00-9fff f900-faff 20000-2a6df 2a700-2b81f 2b920-2ceaf 2f800-2fa1f`)}]`,
  'gu',
);

/** Format characters that the fast tokenizers keep. */
const NEW_FORMAT = classOf(`890-891 8e2 110cd 13430-1343f`);
const CONTROL = new RegExp(`(?![\\t\\n\\r${NEW_FORMAT}])[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\ufffd]`, 'gu');

/** Characters that are marks or decompose into marks today, and neither to the fast tokenizers. */
const NEW_MARK = classOf(`
  7fd 897-89f 8ca-8e1 9fe afa-aff b55 c04 c3c d00 d3b-d3c d81 eba ece 180f 1885-1886 1abf-1add 1ae0-1aeb
  1df6-1dfb a82c a8c5 a8ff a9bd 105c9 105e4 10d24-10d27 10d69-10d6d 10eab-10eac 10efa-10eff 10f46-10f50
  10f82-10f85 11070 11073-11074 110c2 111c9 111cf 1123e 11241 1133b 11383 11385 1138e 11391 113bb-113c0 113c5
  113c7-113c8 113ce 113d0 113d2 113e1-113e2 11438-1143f 11442-11444 11446 1145e 1182f-11837 11839-1183a 11938
  1193b-1193c 1193e 11943 119d4-119d7 119da-119db 119e0 11a01-11a0a 11a33-11a38 11a3b-11a3e 11a47 11a51-11a56
  11a59-11a5b 11a8a-11a96 11a98-11a99 11b60 11b62-11b64 11b66 11c30-11c36 11c38-11c3d 11c3f 11c92-11ca7
  11caa-11cb0 11cb2-11cb3 11cb5-11cb6 11d31-11d36 11d3a 11d3c-11d3d 11d3f-11d45 11d47 11d90-11d91 11d95 11d97
  11ef3-11ef4 11f00-11f01 11f36-11f3a 11f40 11f42 11f5a 13440 13447-13455 1611e-16129 1612d-1612f 16d68-16d6a
  16f4f 16fe4 1cf00-1cf2d 1cf30-1cf46 1e000-1e006 1e008-1e018 1e01b-1e021 1e023-1e024 1e026-1e02a 1e08f
  1e130-1e136 1e2ae 1e2ec-1e2ef 1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5 1e944-1e94a
`);
const DECOMPOSED = new RegExp(`[^${NEW_MARK}]+`, 'gu');
const FORMER_MARK = new RegExp(`[${classOf(`1734 1171e`)}]`, 'gu');

const NEW_PUNCTUATION = classOf(`
  61d 9fd a76 c77 c84 1b4e-1b4f 1b7d-1b7f 2e43-2e4f 2e52-2e5d 10d6e 10ead 10ed0 10f55-10f59 10f86-10f89
  113d4-113d5 113d7-113d8 1144b-1144f 1145a-1145b 1145d 11660-1166c 116b9 1183b 11944-11946 119e2 11a3f-11a46
  11a9a-11a9c 11a9e-11aa2 11b00-11b09 11be1 11c41-11c45 11c70-11c71 11ef7-11ef8 11f43-11f4f 11fff 12ff1-12ff2
  16d6d-16d6f 16e97-16e9a 16fe2 1e5ff 1e95e-1e95f
`);
const FORMER_PUNCTUATION = classOf(`166d 111c9`);
const PUNCTUATION = `(?![${NEW_PUNCTUATION}])[\\p{P}!-/:-@\\[-\`{-~${FORMER_PUNCTUATION}]`;
const WORD = new RegExp(`${PUNCTUATION}|(?:(?!${PUNCTUATION})\\P{White_Space})+`, 'gu');

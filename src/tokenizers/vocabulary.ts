import { PumaError } from '../errors.ts';
import { readSmall } from '../files/io.ts';
import { utf8 } from '../files/json.ts';
import { TOKENIZER_HINT, type TokenizerJson, type WordPieceSettings } from './tokenizer-file.ts';

const VOCABULARY_LIMIT = 100_000_000;

/** Reads vocab.txt, one token a line, numbered from 0. */
export async function readVocabulary(path: string): Promise<Map<string, number>> {
  const text = utf8(await readSmall(path, VOCABULARY_LIMIT));
  if (text === undefined) throw bad(`${path} is not UTF-8 text`);
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw bad(`${path} is empty`);
  const ids = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    if (token === '') throw bad(`${path}, line ${id + 1}: there is no token`);
    const first = ids.get(token);
    if (first !== undefined)
      throw bad(`${path}, line ${id + 1}: ${JSON.stringify(token)} is also on line ${first + 1}`);
    ids.set(token, id);
  }
  return ids;
}

/** The tokenizer.json that a BERT checkpoint with vocab.txt alone would have. */
export function wordPieceTokenizer(
  vocabulary: Map<string, number>,
  settings: WordPieceSettings,
  path: string,
): TokenizerJson {
  const { lowercase, stripAccents, ideographs, unknown, start, separator, special } = settings;
  for (const token of [unknown, start, separator]) {
    if (!vocabulary.has(token)) throw bad(`${path} has no ${token}`);
  }
  const added = special.filter((token) => vocabulary.has(token));
  return {
    version: '1.0',
    added_tokens: added.map((content) => ({ id: vocabulary.get(content), content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: ideographs,
      strip_accents: stripAccents,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: template(start, separator),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}

/** [CLS] A [SEP], or [CLS] A [SEP] B [SEP] with B and its separator of type 1. */
function template(start: string, separator: string) {
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special(start, 0), sequence('A', 0), special(separator, 0)];
  return { type: 'TemplateProcessing', single, pair: [...single, sequence('B', 1), special(separator, 1)] };
}

function bad(message: string): PumaError {
  return new PumaError('E_TOKENIZER', message, TOKENIZER_HINT);
}

import * as library from '@huggingface/tokenizers';
import { z } from 'zod';

/** How tokenizer.json writes a pattern: a string, or a regular expression of Oniguruma. */
export const Pattern = z.union([z.strictObject({ String: z.string().min(1) }), z.strictObject({ Regex: z.string() })]);

/** The pattern as a global expression; throws a SyntaxError for what has no counterpart. */
export function patternOf(pattern: z.infer<typeof Pattern>): RegExp {
  if ('String' in pattern) return new RegExp(pattern.String.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gu');
  const { SplitPreTokenizer } = library as unknown as Library;
  return new SplitPreTokenizer({ pattern: { Regex: bothCases(pattern.Regex) } }).pattern;
}

/** What is used of the library: its own type declarations do not resolve in a NodeNext project. */
type Library = { SplitPreTokenizer: new (settings: { pattern: { Regex: string } }) => { pattern: RegExp } };

/** Writes out simple groups like (?i:'s|'t), of which the library knows the ASCII letters only. */
function bothCases(regex: string): string {
  const either = (letter: string) => {
    const lower = letter.toLowerCase();
    return `[${lower}${letter.toUpperCase()}${FOLDED[lower] ?? ''}]`;
  };
  return regex.replace(/\(\?i:([^()[\]\\]*)\)/g, (_group, inner: string) => `(?:${inner.replace(/[a-z]/gi, either)})`);
}

/** What else is the same letter when case does not count: long s, Kelvin. */
const FOLDED: Record<string, string> = { s: '\u017f', k: '\u212a' };

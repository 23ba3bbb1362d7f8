import { readLines } from '../tokenizers/text.ts';

/** The lines of a file that hold a text, each with its place for error messages. Throws E_READ, E_TEXT. */
export async function readTexts(file: string): Promise<{ text: string; where: string }[]> {
  return (await readLines(file)).map(({ text, number }) => ({ text, where: `line ${number} of ${file}` }));
}

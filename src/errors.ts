/** A part of a message that is worded where it is shown: an option of the caller's, or another call that helps. */
export type Term =
  | { option: string; value?: string | number /** The call whose option it is, if that is another one. */; of?: string }
  | { call: string; with?: Readonly<Record<string, string>> };

/** A message in parts. */
export type Words = readonly (string | Term)[];

/** How options and calls are written: `padTo` and `calibrate()` in a program, `--pad-to` and `puma calibrate` on a command line. */
export type Wording = (term: Term) => string;

/** Words with terms in them: words`Choose ${option('padTo', 8)} or more.` */
export const words = (texts: TemplateStringsArray, ...terms: readonly (string | number | Term)[]): Words =>
  texts.flatMap((text, i) => {
    const term = terms[i];
    return [text, ...(term === undefined ? [] : [typeof term === 'object' ? term : String(term)])];
  });

export const option = (name: string, value?: string | number, of?: string): Term => ({
  option: name,
  ...(value === undefined ? {} : { value }),
  ...(of === undefined ? {} : { of }),
});

export const call = (name: string, options?: Readonly<Record<string, string>>): Term => ({
  call: name,
  ...(options ? { with: options } : {}),
});

/** One line of these words. */
export const inWords = (said: string | Words, wording: Wording): string =>
  typeof said === 'string' ? said : said.map((part) => (typeof part === 'string' ? part : wording(part))).join('');

/** As a program writes it. */
const inCode: Wording = (term) => {
  if ('call' in term) {
    const options = Object.entries(term.with ?? {}).map(([name, value]) => `${name}: '${value}'`);
    return `${term.call}(${options.length > 0 ? `{ ${options.join(', ')} }` : ''})`;
  }
  const { option, value } = term;
  return value === undefined ? option : typeof value === 'number' ? `${option} ${value}` : `${option}: '${value}'`;
};

/** What went wrong, where, and what to do: the one error type that users are meant to read. */
export class PumaError extends Error {
  override readonly name = 'PumaError';
  /** One line: what to do about it. */
  readonly hint: string | undefined;
  /** Message and hint in parts: a program finds the options and calls that help, a command line words them its own way. */
  readonly said: { message: string | Words; remedy?: string | Words };

  /**
   * @param code stable, upper case, e.g. `E_SHAPE`
   * @param message one line: what is wrong and where
   * @param remedy one line: what to do about it
   * @param exitCode 2 for the caller's mistake (the default), 3 for answers that differ, 1 for anything else
   */
  constructor(
    readonly code: string,
    message: string | Words,
    remedy?: string | Words,
    readonly exitCode: 1 | 2 | 3 = 2,
  ) {
    super(inWords(message, inCode));
    this.hint = remedy === undefined ? undefined : inWords(remedy, inCode);
    this.said = { message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

/** An invariant of ours. A failure is a bug in Puma, never the caller's mistake. */
export function ensure(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}

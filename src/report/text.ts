/** How a report looks on a terminal: a few styles, a table, a text in one line. */

/** Marks parts of a text; PLAIN leaves them as they are. */
export type Style = {
  strong(text: string): string;
  faint(text: string): string;
  bad(text: string): string;
};

const same = (text: string) => text;
export const PLAIN: Style = { strong: same, faint: same, bad: same };

export type Column = {
  title: string;
  /** Numbers stand at the right. */
  right?: boolean;
  style?(text: string): string;
};

/** Rows under their titles, each column as wide as its widest cell. */
export function table(columns: readonly Column[], cells: readonly (readonly string[])[], style: Style): string {
  const rows = cells.map((row) => row.map(printable));
  const titled = columns.some(({ title }) => title !== '');
  const width = columns.map(({ title }, c) =>
    Math.max(...[printable(title), ...rows.map((row) => row[c]!)].map(columnsOf)),
  );
  const line = (cells: readonly string[], mark: (text: string, column: Column) => string) =>
    columns
      .map((column, c) => {
        const room = ' '.repeat(width[c]! - columnsOf(cells[c]!));
        const text = mark(cells[c]!, column);
        if (column.right) return room + text;
        return c === columns.length - 1 ? text : text + room;
      })
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }) => printable(title));
  return [
    ...(titled ? [line(titles, (text) => style.faint(text))] : []),
    ...rows.map((row) => line(row, (text, column) => column.style?.(text) ?? text)),
  ].join('\n');
}

/** Without control characters: labels and names come from files. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');

/** A text from anywhere, fit for one line of a terminal: no control characters, cut at `length`. */
export function oneLine(text: string, length = 72): string {
  const clean = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  const characters = [...clean];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : clean;
}

/** Columns a text takes on a terminal: two for what East Asian fonts draw wide, none for what stands on the letter before. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const c of text) if (!/\p{M}/u.test(c)) columns += WIDE.test(c) ? 2 : 1;
  return columns;
}

const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

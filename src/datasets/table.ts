/** Tables from files: tab-separated, comma-separated, or a JSON object a line. */
import { PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';
import { isObject, jsonOf } from '../files/json.ts';

export type TableFormat = 'tsv' | 'csv' | 'jsonl';

export type TableRow = {
  /** Where it begins in the file, from 1. */
  line: number;
  values: ReadonlyMap<string, string>;
};

export type Table = { columns: readonly string[]; rows: readonly TableRow[] };

/** The columns of files that come without a header; a file whose first line has `sign` among its cells has one after all. */
export type Headerless = { columns: readonly string[]; sign: string };

type Record = { line: number; cells: string[] };

/** Throws E_DATA, naming the line. */
export function parseTable(text: string, format: TableFormat, path: string, headerless?: Headerless): Table {
  if (format === 'jsonl') return parseJsonLines(text, path);
  const [first, ...rest] = format === 'tsv' ? parseTsv(text) : parseCsv(text, path);
  if (!first) throw noRows(path);
  if (headerless && !first.cells.includes(headerless.sign)) {
    return tableOf(headerless.columns, [first, ...rest], path, 'a row has');
  }
  return tableOf(first.cells, rest, path, 'the header has');
}

function tableOf(columns: readonly string[], records: readonly Record[], path: string, whose: string): Table {
  if (records.length === 0) throw noRows(path);
  const rows = records.map(({ line, cells }) => {
    if (cells.length === columns.length) return { line, values: new Map(columns.map((name, c) => [name, cells[c]!])) };
    const message = `line ${line} of ${path} has ${columnCount(cells.length)}; ${whose} ${columns.length}`;
    throw new PumaError('E_DATA', message, 'Mend the row, or check the format of the file.');
  });
  return { columns, rows };
}

const noRows = (path: string) => new PumaError('E_DATA', `${path} holds no rows`, 'Check that this is the right file.');

const columnCount = (n: number): string => `${n} column${n === 1 ? '' : 's'}`;

/** As GLUE's files: tabs between cells, and no quoting at all. */
function parseTsv(text: string): Record[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ line: i + 1, cells: line.split('\t') }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
}

/** RFC 4180: a cell in quotes may hold commas, line ends, and quotes written twice. */
function parseCsv(text: string, path: string): Record[] {
  const records: Record[] = [];
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/y;
  let line = 1;
  let record: Record = { line, cells: [] };
  for (let ended = text === ''; !ended; ) {
    const start = cell.lastIndex;
    const match = text[start] === '"' && !isQuoted(text, start) ? null : cell.exec(text);
    if (!match) throw badQuote(text, start, line, path);
    const [whole, quoted, bare, end] = match;
    record.cells.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    ended = cell.lastIndex >= text.length && end !== ',';
    if (end === ',') continue;
    if (record.cells.some((value) => value !== '')) records.push(record);
    record = { line, cells: [] };
  }
  return records;
}

/** Whether the quote that begins at `start` ends where a cell may end. */
function isQuoted(text: string, start: number): boolean {
  const end = closing(text, start);
  return end >= 0 && (end + 1 === text.length || ',\r\n'.includes(text[end + 1]!));
}

function closing(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

function badQuote(text: string, start: number, line: number, path: string): PumaError {
  const what = closing(text, start) < 0 ? 'a quote is never closed' : 'a cell goes on behind its closing quote';
  return new PumaError('E_DATA', `line ${line} of ${path}: ${what}`, 'Write a quote inside quotes twice: "".');
}

function parseJsonLines(text: string, path: string): Table {
  const rows = text
    .split(/\r\n|\n/)
    .map((line, i) => ({ line: i + 1, text: line }))
    .filter(({ text }) => text.trim() !== '')
    .map(({ line, text }) => ({ line, values: valuesOf(text, line, path) }));
  if (rows.length === 0) throw noRows(path);
  return { columns: [...rows[0]!.values.keys()], rows };
}

/** Strings, numbers and truth values of an object; what else it holds is no column. */
function valuesOf(text: string, line: number, path: string): Map<string, string> {
  const json = jsonOf(text);
  if (isObject(json)) {
    const plain = Object.entries(json).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
    return new Map(plain.map(([name, value]) => [name, String(value)]));
  }
  const message = `line ${line} of ${path} is no JSON object: ${quote(text.slice(0, 40))}`;
  throw new PumaError('E_DATA', message, 'Write one JSON object a line.');
}

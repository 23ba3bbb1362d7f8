/** Data sets: texts with their labels from a table, or one long text. */
import { extname } from 'node:path';
import { option, PumaError, words } from '../errors.ts';
import { quote } from '../files/io.ts';
import { linesOf, readText } from '../tokenizers/text.ts';
import { PRESETS, type Preset, type PresetName } from './presets.ts';
import { parseTable, type Table, type TableFormat, type TableRow } from './table.ts';

/** What somebody says of a data set; what they leave out is guessed from the columns that are there. */
export type DataSpec = { preset?: PresetName; textColumn?: string; pairColumn?: string; labelColumn?: string };

export type Example = {
  /** For messages: 'line 7 of dev.tsv'. */
  where: string;
  line: number;
  text: string;
  pair?: string;
  /** As it stands in the file. */
  label?: string;
};

export type DataFile = { path: string; text: string };

export async function readDataFile(path: string): Promise<DataFile> {
  return { path, text: await readText(path) };
}

/** The rows of a table, or the lines of a plain text. Throws E_DATA, E_TEXT. */
export function examplesOf({ path, text }: DataFile, spec: DataSpec): Example[] {
  const format = formatOf(path, spec);
  if (format === 'text') {
    const lines = linesOf(text, path);
    return lines.map((line) => ({ line: line.number, text: line.text, where: `line ${line.number} of ${path}` }));
  }
  const preset: Preset = spec.preset ? PRESETS[spec.preset] : {};
  const table = parseTable(text, format, path, format === 'tsv' ? preset.headerless : undefined);
  const columns = columnsOf(table, spec, preset, path);
  return table.rows.map((row) => exampleOf(row, columns, path));
}

/** One text: the file as it is, or the texts of a table with an empty line between them. */
export function corpusOf({ path, text }: DataFile, spec: DataSpec): string {
  if (formatOf(path, spec) === 'text') return text;
  return examplesOf({ path, text }, spec)
    .map((example) => example.text)
    .join('\n\n');
}

const FORMATS: Record<string, TableFormat> = {
  '.tsv': 'tsv',
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** By the end of its name; GLUE's files are tab-separated whatever they are called. */
function formatOf(path: string, { preset, textColumn, pairColumn, labelColumn }: DataSpec): TableFormat | 'text' {
  const known = FORMATS[extname(path).toLowerCase()];
  if (known) return known;
  if (preset && 'text' in PRESETS[preset]) return 'tsv';
  if (textColumn === undefined && pairColumn === undefined && labelColumn === undefined) return 'text';
  const hint = 'Columns are in files whose names end in .tsv, .csv or .jsonl.';
  throw new PumaError('E_DATA', `${path} is read as plain text, which has no columns`, hint);
}

type Columns = { text: string; pair?: string; label?: string };

/** What a text and a label are called where nobody says so. */
const TEXT_NAMES = ['text', 'sentence'];
const LABEL_NAMES = ['label'];

function columnsOf({ columns }: Table, spec: DataSpec, preset: Preset, path: string): Columns {
  const has = (name: string) => columns.includes(name);
  const need = (name: string, named: keyof DataSpec): string => {
    if (has(name)) return name;
    const message = `${path} has no column ${quote(name)}; its columns are ${columns.map(quote).join(', ')}`;
    throw new PumaError('E_DATA', message, words`Name the column: ${option(named)}.`);
  };
  const text = spec.textColumn ?? preset.text ?? TEXT_NAMES.find(has) ?? TEXT_NAMES[0]!;
  const pair = spec.pairColumn ?? preset.pair;
  const label = spec.labelColumn ?? (preset.label ?? LABEL_NAMES).find(has) ?? preset.label?.[0];
  return {
    text: need(text, 'textColumn'),
    ...(pair === undefined ? {} : { pair: need(pair, 'pairColumn') }),
    ...(label === undefined ? {} : { label: need(label, 'labelColumn') }),
  };
}

function exampleOf({ line, values }: TableRow, { text, pair, label }: Columns, path: string): Example {
  const where = `line ${line} of ${path}`;
  const value = (name: string, mayBeBlank = false): string => {
    const found = values.get(name);
    if (found !== undefined && (mayBeBlank || found.trim() !== '')) return found;
    const message = `${where} has ${found === undefined ? 'no' : 'an empty'} ${quote(name)}`;
    throw new PumaError('E_DATA', message, 'Fill it in, or leave out the row.');
  };
  return {
    where,
    line,
    text: value(text),
    ...(pair === undefined ? {} : { pair: value(pair) }),
    ...(label === undefined ? {} : { label: value(label, true) }),
  };
}

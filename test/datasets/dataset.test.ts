import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corpusOf, type DataSpec, type Example, examplesOf, readDataFile } from '../../src/datasets/dataset.ts';
import { parseTable } from '../../src/datasets/table.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

type Row = [line: number, text: string, label?: string, pair?: string];

const row = ({ line, text, label, pair }: Example): Row =>
  pair !== undefined ? [line, text, label, pair] : label !== undefined ? [line, text, label] : [line, text];

const examples = (name: string, text: string, spec: DataSpec = {}) => examplesOf({ path: name, text }, spec).map(row);

describe('rows of a table', () => {
  const rows: [what: string, file: string, text: string, spec: DataSpec, expected: Row[]][] = [
    [
      'TSV',
      'a.tsv',
      'text\tlabel\na b\t1\n\nc\t0',
      {},
      [
        [2, 'a b', '1'],
        [4, 'c', '0'],
      ],
    ],
    ['TSV knows no quotes', 'a.tsv', 'text\tlabel\n"a "" b\t1\n', {}, [[2, '"a "" b', '1']]],
    ['CRLF', 'a.tsv', 'text\tlabel\r\na\t1\r\n', {}, [[2, 'a', '1']]],
    [
      'columns by name',
      'a.tsv',
      'x\ty\tz\na\tb\t1\n',
      { textColumn: 'x', pairColumn: 'y', labelColumn: 'z' },
      [[2, 'a', '1', 'b']],
    ],
    ['without a label', 'a.tsv', 'sentence\tother\na\t1\n', {}, [[2, 'a']]],
    [
      'CSV',
      'a.csv',
      'text,label\na b,1\n\nc,0\n',
      {},
      [
        [2, 'a b', '1'],
        [4, 'c', '0'],
      ],
    ],
    ['CSV, a comma in quotes', 'a.csv', 'text,label\n"a, b",1\n', {}, [[2, 'a, b', '1']]],
    [
      'CSV, quotes in quotes',
      'a.csv',
      'text,label\n"a ""b"" c",1\n"""",0\n',
      {},
      [
        [2, 'a "b" c', '1'],
        [3, '"', '0'],
      ],
    ],
    [
      'CSV, lines in quotes',
      'a.csv',
      'text,label\n"a\nb\r\n\nc",1\r\nd,0',
      {},
      [
        [2, 'a\nb\r\n\nc', '1'],
        [6, 'd', '0'],
      ],
    ],
    ['CSV, a quote within a cell', 'a.csv', 'text,label\n5" nails,1\n', {}, [[2, '5" nails', '1']]],
    [
      'CSV, an empty last cell',
      'a.csv',
      'text,label\na,\nb,',
      {},
      [
        [2, 'a', ''],
        [3, 'b', ''],
      ],
    ],
    [
      'JSONL',
      'a.jsonl',
      '{"text":"a\\tb","label":1}\n\n{"label":"x","text":"c","more":[1]}',
      {},
      [
        [1, 'a\tb', '1'],
        [3, 'c', 'x'],
      ],
    ],
    [
      'a plain text, a row a line',
      'a.txt',
      'one\n\n two\r\n',
      {},
      [
        [1, 'one'],
        [3, ' two'],
      ],
    ],
    ['SST-2', 'dev.tsv', 'sentence\tlabel\na b \t1\n', { preset: 'sst2' }, [[2, 'a b ', '1']]],
    [
      'CoLA, without a header',
      'dev.tsv',
      'gj04\t1\t\tHe ran.\ngj04\t0\t*\tRan he.\n',
      { preset: 'cola' },
      [
        [1, 'He ran.', '1'],
        [2, 'Ran he.', '0'],
      ],
    ],
    ['CoLA, with one', 'dev.tsv', 'idx\tlabel\tsentence\n0\t1\tHe ran.\n', { preset: 'cola' }, [[2, 'He ran.', '1']]],
    [
      'CoLA, as the hub has it',
      'dev.jsonl',
      '{"sentence":"He ran.","label":1,"idx":0}',
      { preset: 'cola' },
      [[1, 'He ran.', '1']],
    ],
    [
      'RTE',
      'dev.tsv',
      'index\tsentence1\tsentence2\tlabel\n0\ta "\tb\tnot_entailment\n',
      { preset: 'rte' },
      [[2, 'a "', 'not_entailment', 'b']],
    ],
    [
      'QNLI',
      'dev',
      'index\tquestion\tsentence\tlabel\n0\ta?\tb\tentailment\n',
      { preset: 'qnli' },
      [[2, 'a?', 'entailment', 'b']],
    ],
    [
      'STS-B',
      'dev.tsv',
      'index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n0\tm\tf\t2012\t1\tn\tn\ta\tb\t3.8\n',
      { preset: 'stsb' },
      [[2, 'a', '3.8', 'b']],
    ],
    [
      'STS-B, as the hub has it',
      'dev.csv',
      'sentence1,sentence2,label,idx\na,b,3.8,0\n',
      { preset: 'stsb' },
      [[2, 'a', '3.8', 'b']],
    ],
    [
      'a preset, but for a column',
      'dev.tsv',
      'sentence\tgold\na\t1\n',
      { preset: 'sst2', labelColumn: 'gold' },
      [[2, 'a', '1']],
    ],
  ];
  test.each(rows)('%s', (_, name, text, spec, expected) => expect(examples(name, text, spec)).toEqual(expected));

  test('any cells come back from CSV', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', '\t', 'é') });
    const quoted = (value: string) => (/[,"\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), fc.boolean(), (cells, end) => {
        const full = cells.filter((row) => row.some((value) => value !== ''));
        fc.pre(full.length > 0); // a table without rows is refused
        const lines = [['x', 'y'], ...cells].map((row) => row.map(quoted).join(','));
        const { rows } = parseTable(`${lines.join('\n')}${end ? '\n' : ''}`, 'csv', 'a.csv');
        expect(rows.map(({ values }) => [values.get('x'), values.get('y')])).toEqual(full);
      }),
    );
  });
});

describe('one text', () => {
  test.each([
    ['a plain text as it is', 'a.raw', ' = A = \n\n b \n', {}, ' = A = \n\n b \n'],
    ['the texts of a table', 'a.jsonl', '{"text":"a"}\n{"text":"b"}', { preset: 'wikitext' }, 'a\n\nb'],
  ] as const)('%s', (_, path, text, spec, expected) => expect(corpusOf({ path, text }, spec)).toBe(expected));

  test('without its byte order mark', async () => {
    await writeFile(path('bom.txt'), '\ufeffa\n');
    expect(await readDataFile(path('bom.txt'))).toEqual({ path: path('bom.txt'), text: 'a\n' });
  });
});

describe('refused', () => {
  const rows: [what: string, file: string, text: string, spec: DataSpec, message: string][] = [
    ['no such column', 'a.tsv', 'x\ty\na\tb\n', {}, 'E_DATA a.tsv has no column "text"; its columns are "x", "y"'],
    [
      'nor that one',
      'a.csv',
      'x,y\na,b\n',
      { textColumn: 'z' },
      'E_DATA a.csv has no column "z"; its columns are "x", "y"',
    ],
    [
      'a test set without labels',
      'test.tsv',
      'index\tsentence\n0\ta\n',
      { preset: 'sst2' },
      'E_DATA test.tsv has no column "label"; its columns are "index", "sentence"',
    ],
    [
      'no pairs',
      'a.tsv',
      'sentence1\tlabel\na\t1',
      { preset: 'rte' },
      'E_DATA a.tsv has no column "sentence2"; its columns are "sentence1", "label"',
    ],
    ['a short row', 'a.tsv', 'text\tlabel\na\t1\nb\n', {}, 'E_DATA line 3 of a.tsv has 1 column; the header has 2'],
    ['a long row', 'a.csv', 'text,label\na,b,1\n', {}, 'E_DATA line 2 of a.csv has 3 columns; the header has 2'],
    [
      'a short row of CoLA',
      'a.tsv',
      'x\t1\t\ta\nx\t1\ta\n',
      { preset: 'cola' },
      'E_DATA line 2 of a.tsv has 3 columns; a row has 4',
    ],
    ['an open quote', 'a.csv', 'text,label\na,1\n"b,1\nc,1\n', {}, 'E_DATA line 3 of a.csv: a quote is never closed'],
    [
      'text behind a quote',
      'a.csv',
      'text,label\n"a" b,1\n',
      {},
      'E_DATA line 2 of a.csv: a cell goes on behind its closing quote',
    ],
    ['an empty text', 'a.tsv', 'text\tlabel\n \t1\n', {}, 'E_DATA line 2 of a.tsv has an empty "text"'],
    ['an object without a text', 'a.jsonl', '{"text":"a"}\n{"label":1}', {}, 'E_DATA line 2 of a.jsonl has no "text"'],
    [
      'an object without a label',
      'a.jsonl',
      '{"text":"a","label":1}\n{"text":"b","label":null}',
      {},
      'E_DATA line 2 of a.jsonl has no "label"',
    ],
    ['no JSON', 'a.jsonl', '{"text":"a"}\n{"text":', {}, 'E_DATA line 2 of a.jsonl is no JSON object: "{\\"text\\":"'],
    ['no object', 'a.jsonl', '[1]', {}, 'E_DATA line 1 of a.jsonl is no JSON object: "[1]"'],
    [
      'columns of a plain text',
      'a.txt',
      'a',
      { labelColumn: 'x' },
      'E_DATA a.txt is read as plain text, which has no columns',
    ],
    ['nothing: TSV', 'a.tsv', '\n', {}, 'E_DATA a.tsv holds no rows'],
    ['nothing: CSV', 'a.csv', '', {}, 'E_DATA a.csv holds no rows'],
    ['nothing: JSONL', 'a.jsonl', '', {}, 'E_DATA a.jsonl holds no rows'],
    ['nothing: text', 'a.txt', ' \n', {}, 'E_TEXT a.txt holds no text'],
    ['a header alone', 'a.tsv', 'text\tlabel\n', {}, 'E_DATA a.tsv holds no rows'],
  ];
  test.each(rows)('%s', async (_, name, text, spec, message) =>
    expect(await refusal(() => examples(name, text, spec))).toBe(message),
  );
});

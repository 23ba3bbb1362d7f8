/** Reports of several tables, for a terminal or as Markdown. */
import { type Column, type Style, table } from './text.ts';

export type Section = {
  title: string;
  columns: readonly Column[];
  rows: readonly (readonly string[])[];
  /** Said below the table. */
  notes?: readonly string[];
};

export function describeSections(sections: readonly Section[], style: Style): string {
  return sections
    .map(({ title, columns, rows, notes = [] }) =>
      [
        style.strong(title),
        ...(rows.length > 0 ? [table(columns, rows, style)] : []),
        ...notes.map((note) => style.faint(note)),
      ].join('\n'),
    )
    .join('\n\n');
}

export function markdownSections(heading: string, sections: readonly Section[]): string {
  return [`# ${heading}`, ...sections.map(markdownSection)].join('\n\n').concat('\n');
}

function markdownSection({ title, columns, rows, notes = [] }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `|${columns.map(({ right }) => (right ? '---:' : '---')).join('|')}|`;
  const body =
    rows.length > 0 ? [[line(columns.map((column) => column.title)), rule, ...rows.map(line)].join('\n')] : [];
  return [`## ${escaped(title)}`, ...body, ...notes.map(paragraph)].join('\n\n');
}

/** Not the item of a list, whatever it begins with. */
const paragraph = (text: string): string => escaped(text).replace(/^[-+]/, '\\$&');

/** One line, as it is. */
const escaped = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>*_`]/g, '\\$&');

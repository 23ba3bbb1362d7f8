import { type Style, table } from './text.ts';

/** A line of `puma models`. */
export type ModelRow = {
  name: string;
  architecture: string;
  task: string;
  maxTokens: number;
  sizes: { hidden: number; layers: number; heads: number; intermediate: number; vocabulary: number };
  ring: { bits: number; fractionBits: number; linear: { bits: number; input: number; weight: number } };
  source: 'bundled' | 'huggingface';
  /** Where it is; null when it is not on this disk. */
  folder: string | null;
  /** How to get it, when it is not. */
  hint: string | null;
};

export function describeModels(rows: readonly ModelRow[], style: Style): string {
  const right = (title: string) => ({ title, right: true });
  const list = table(
    [
      { title: 'name', style: style.strong },
      { title: 'family' },
      { title: 'task' },
      ...['layers', 'hidden', 'vocab', 'tokens', 'ring', 'linear'].map(right),
      { title: 'where' },
    ],
    rows.map(({ name, architecture, task, maxTokens, sizes, ring, ...place }) => [
      name,
      architecture,
      task,
      ...[sizes.layers, sizes.hidden, sizes.vocabulary, maxTokens].map(String),
      ...[ring.bits, ring.linear.bits].map((bits) => `Z_2^${bits}`),
      where(place),
    ]),
    style,
  );
  return [list, places(rows), MORE].filter((part) => part !== '').join('\n\n');
}

const MORE = `puma pull NAME            fetches one that is not here
--model synthetic:NAME    stands for any of them with made-up weights: to measure, not to answer`;

/** Folders of what was fetched; what is wrong with what should be here. */
function places(rows: readonly ModelRow[]): string {
  return rows
    .filter((row) => where(row) !== 'bundled' && (row.source === 'bundled' || row.folder !== null))
    .map(({ name, folder, hint }) => `${name}: ${folder ?? hint}`)
    .join('\n');
}

function where({ source, folder }: Pick<ModelRow, 'source' | 'folder'>): string {
  if (folder === null) return 'not here';
  return source === 'bundled' ? 'bundled' : 'on disk';
}

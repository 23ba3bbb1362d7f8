import { type Style, table } from './text.ts';

/** A line of `puma models`. */
export type ModelRow = {
  name: string;
  architecture: string;
  task: string;
  maxTokens: number;
  sizes: { hidden: number; layers: number; heads: number; intermediate: number; vocabulary: number };
  ring: { bits: number; fractionBits: number };
  source: 'bundled' | 'huggingface';
  /** Where it is; null when it is not on this disk. */
  folder: string | null;
  /** How to get it, when it is not. */
  hint: string | null;
};

export function describeModels(rows: readonly ModelRow[], style: Style): string {
  const right = (title: string) => ({ title, right: true });
  return table(
    [
      { title: 'name', style: style.strong },
      { title: 'architecture' },
      { title: 'task' },
      ...['layers', 'hidden', 'vocabulary', 'tokens'].map(right),
      { title: 'ring' },
      { title: 'where' },
    ],
    rows.map(({ name, architecture, task, maxTokens, sizes, ring, ...place }) => [
      name,
      architecture,
      task,
      ...[sizes.layers, sizes.hidden, sizes.vocabulary, maxTokens].map(String),
      `Z_2^${ring.bits}, ${ring.fractionBits}`,
      where(place),
    ]),
    style,
  );
}

function where({ source, folder, hint }: Pick<ModelRow, 'source' | 'folder' | 'hint'>): string {
  if (folder === null) return `not here: ${hint}`;
  return source === 'bundled' ? 'bundled' : folder;
}

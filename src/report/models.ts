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
  const list = table(
    [
      { title: 'name', style: style.strong },
      { title: 'architecture' },
      { title: 'task' },
      ...['layers', 'hidden', 'vocabulary', 'tokens', 'ring', 'fraction'].map(right),
      { title: 'where' },
    ],
    rows.map(({ name, architecture, task, maxTokens, sizes, ring, ...place }) => [
      name,
      architecture,
      task,
      ...[sizes.layers, sizes.hidden, sizes.vocabulary, maxTokens].map(String),
      `Z_2^${ring.bits}`,
      `${ring.fractionBits} bits`,
      where(place),
    ]),
    style,
  );
  const places = rows
    .filter((row) => where(row) !== 'bundled')
    .map(({ name, folder, hint }) => `${name}: ${folder ?? hint}`);
  return places.length > 0 ? `${list}\n\n${places.join('\n')}` : list;
}

function where({ source, folder }: Pick<ModelRow, 'source' | 'folder'>): string {
  if (folder === null) return 'not here';
  return source === 'bundled' ? 'bundled' : 'on disk';
}

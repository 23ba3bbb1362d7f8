/** Rows of tables that are not finite in the checkpoint: they are shared as zeros, and nobody may ask for them. */
import { PumaError } from '../errors.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { Manifest } from './manifest.ts';

type Tensors = Pick<Manifest, 'tensors'>;

/** Throws E_TOKEN for a text whose answer depends on such a row. What pads a text may have one: its values count for nothing. */
export function checkUsable({ tensors }: Tensors, model: Model, query: Query): void {
  const unusable = tensors.filter(({ unusable = [] }) => unusable.length > 0);
  if (unusable.length === 0) return;
  const { ids, types, from = 0, position = from, mask } = query;
  const { hot, positions } = model.hotRows(ids, types, position);
  for (const { name, unusable: rows } of unusable) {
    const bad = new Set(rows);
    ids.forEach((id, i) => {
      if (mask?.[from + i] === 0) return;
      const needed = name === POSITIONS ? positions!.slice(i, i + 1) : hot[i]!;
      const row = needed.find((row) => bad.has(row));
      if (row === undefined) return;
      const message = `token ${id} at ${from + i} needs row ${row} of ${name}, which is not finite in the checkpoint`;
      throw new PumaError('E_TOKEN', message, 'Leave it out of the text, or fetch the checkpoint again.');
    });
  }
}

/** The table whose rows the parties read in the clear. */
const POSITIONS = 'embeddings.position';

/** A line for each table that has such rows. */
export function unusableRows({ tensors }: Tensors): string[] {
  return tensors.flatMap(({ name, unusable = [] }) => {
    if (unusable.length === 0) return [];
    const [rows, are] = unusable.length === 1 ? ['1 row', 'is'] : [`${unusable.length} rows`, 'are'];
    const more = unusable.length > SHOWN ? ', ...' : '';
    const shown = unusable.slice(0, SHOWN).join(', ') + more;
    return [`${rows} of ${name} ${are} not finite in the checkpoint: a text that needs one is refused (${shown})`];
  });
}

const SHOWN = 5;

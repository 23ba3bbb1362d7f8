import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { mirroredMatmul } from '../mpc/mirror.ts';
import { Additive, Masked } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import type { SharedWeights } from './secure.ts';

/** Shared weights that are in memory as a whole, by name. */
export function heldWeights(weights: ReadonlyMap<string, Masked>): SharedWeights {
  const get = (name: string): Masked => {
    const weight = weights.get(name);
    ensure(weight, `no weight ${name}`);
    return weight;
  };
  return {
    has: (name) => weights.has(name),
    form: get,
    get: async (name) => get(name),
    rows: async (name, from, count) => heldRows(get(name), from, count),
    times: (party, x, name, transposed) => heldProduct(party, x, get(name), transposed),
  };
}

/** x [n, k] by y [k, width], or by y [width, k] transposed -> [n, width] */
export async function heldProduct(party: Party, x: Masked, y: Masked, transposed: boolean): Promise<Additive> {
  const [n, k] = [x.shape[0]!, x.shape[1]!];
  const width = y.shape[transposed ? 0 : 1]!;
  const out = await mirroredMatmul(party, x, y, { batch: 1, m: n, k, n: width, transposeB: transposed });
  return new Additive([n, width], out.bits, out.frac, out.share);
}

/** Rows from .. from + count - 1 of a table [rows, cols]. */
export function heldRows(table: Masked, from: number, count: number): Masked {
  const [rows, cols] = [table.shape[0]!, table.shape[1]!];
  ensure(from >= 0 && from + count <= rows, 'rows out of range');
  const cut = (a: Lanes) => a.subarray(from * cols, (from + count) * cols);
  const out = new Masked([count, cols], table.bits, table.frac, cut(table.first), cut(table.second));
  if (table.derived) out.derived = cut(table.derived);
  if (table.mirrored) out.mirrored = cut(table.mirrored);
  return out;
}

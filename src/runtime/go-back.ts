import type { Lanes } from '../kernels/index.ts';
import { Masked } from '../mpc/values.ts';
import type { Past } from '../ops/ops.ts';
import type { Secure } from '../ops/secure-values.ts';
import type { Party } from '../party/party.ts';

/**
 * Forgets what a text says after its first `rows` positions, so that it goes on from there in another way. Each party drops rows that it
 * holds: nothing is sent. Which rows is public.
 */
export function goBack(party: Party, past: readonly Past<Secure>[], rows: number): void {
  for (const layer of past) {
    if (layer.rows <= rows) continue;
    const kept = party.scopeNow((p) => ({
      rows,
      keys: firstRows(p, layer.keys as Masked, rows),
      values: firstRows(p, layer.values as Masked, rows),
    }));
    Object.assign(layer, party.keep(kept));
  }
}

/** [heads, n, width] -> [heads, rows, width] */
function firstRows(party: Party, x: Masked, rows: number): Masked {
  const [heads, n, width] = x.shape as [number, number, number];
  const cut = (a: Lanes) => {
    const out = party.lanes(heads * rows * width);
    for (let h = 0; h < heads; h++) out.set(a.subarray(h * n * width, (h * n + rows) * width), h * rows * width);
    return out;
  };
  return new Masked([heads, rows, width], x.bits, x.frac, cut(x.first), cut(x.second));
}

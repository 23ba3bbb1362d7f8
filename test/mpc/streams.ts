import { derived } from '../../src/mpc/local.ts';
import type { StreamedMatrix } from '../../src/mpc/streamed.ts';
import { Masked } from '../../src/mpc/values.ts';
import type { Party } from '../../src/party/party.ts';

/** A held matrix as one that comes `rows` rows at a time. Its arrays are spoilt as soon as they may be. */
export function stream(party: Party, y: Masked, rows: number): StreamedMatrix {
  const [all, cols] = [y.shape[0]!, y.shape[1]!];
  return {
    shape: [all, cols],
    bits: y.bits,
    frac: y.frac,
    async each(_lanes, use) {
      for (let from = 0; from < all; from += rows) {
        const count = Math.min(rows, all - from);
        const cut = (a: BigUint64Array) => a.slice(from * cols, (from + count) * cols);
        const block = new Masked([count, cols], y.bits, y.frac, cut(y.first), cut(y.second));
        if (party.deals) {
          block.derived = cut(derived(party, y));
          block.first.fill(9n); // not for use
        }
        use(block, from);
        for (const lanes of [block.first, block.second, block.derived]) lanes?.fill(7n);
        await undefined;
      }
    },
  };
}

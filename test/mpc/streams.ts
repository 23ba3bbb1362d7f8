import { mirrored } from '../../src/mpc/mirror.ts';
import type { StreamedMatrix } from '../../src/mpc/streamed.ts';
import type { Masked } from '../../src/mpc/values.ts';
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
        const block = mirrored(party, y).slice(from * cols, (from + count) * cols);
        use(block, from, count);
        block.fill(7n);
        await undefined;
      }
    },
  };
}

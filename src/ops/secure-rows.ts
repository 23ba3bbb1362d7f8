/** Moves of whole rows, which cost no message. Rows of different lengths lie one after the other. */
import type { Lanes } from '../kernels/index.ts';
import type { Lengths } from '../mpc/maximum.ts';
import { Additive, Masked, type Shape } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';

const total = (lengths: Lengths): number => lengths.reduce((a, b) => a + b, 0);

function moved(x: Masked, shape: Shape, move: (a: Lanes) => Lanes): Masked {
  return new Masked(shape, x.bits, x.frac, move(x.first), move(x.second));
}

/** Of each row, how many entries count, and where they begin: at 0 when left out. */
export type Spans = { lengths: Lengths; starts?: readonly number[] };

/** The entries of each row that count. [rows, n] -> rows of these lengths */
export function cutOut(party: Party, x: Additive, n: number, spans: Spans): Additive {
  const size = total(spans.lengths);
  return new Additive([size], x.bits, x.frac, x.share && cut(party, x.share, n, spans));
}

/** The entries of one row that count, for each of many. [n] -> rows of these lengths */
export const cutOutOfOne = (party: Party, x: Masked, spans: Spans): Masked =>
  moved(x, [total(spans.lengths)], (a) => cut(party, a, 0, spans));

function cut(party: Party, a: Lanes, stride: number, { lengths, starts }: Spans): Lanes {
  const out = party.lanes(total(lengths));
  party.kernels.copyRuns(
    out,
    a,
    rowRuns(lengths, (to, r) => [to, r * stride + (starts?.[r] ?? 0)]),
  );
  return out;
}

/** Rows of these lengths, filled up with public zeros. -> [rows, n] */
export function filledUp(party: Party, x: Masked, n: number, { lengths, starts }: Spans): Masked {
  const runs = rowRuns(lengths, (from, r) => [r * n + (starts?.[r] ?? 0), from]);
  return moved(x, [lengths.length, n], (a) => {
    const out = party.zeros(lengths.length * n);
    party.kernels.copyRuns(out, a, runs);
    return out;
  });
}

/** A run for each row: to and from, of where it begins among rows of these lengths. */
function rowRuns(lengths: Lengths, run: (at: number, row: number) => [to: number, from: number]): Int32Array {
  const runs = new Int32Array(3 * lengths.length);
  let at = 0;
  lengths.forEach((length, r) => {
    runs.set(run(at, r), 3 * r);
    runs[3 * r + 2] = length;
    at += length;
  });
  return runs;
}

/** x[r] for each entry of row r. [rows] -> rows of these lengths */
export function eachOfRow(party: Party, x: Masked, lengths: Lengths): Masked {
  return moved(x, [total(lengths)], (a) => {
    const out = party.lanes(total(lengths));
    let from = 0;
    lengths.forEach((length, r) => {
      out.fill(a[r]!, from, from + length);
      from += length;
    });
    return out;
  });
}

/** Rows of y under those of x, in each of `heads` blocks. [heads, n, width], [heads, m, width] -> [heads, n + m, width] */
export function under(party: Party, x: Masked | undefined, y: Masked, heads: number): Masked {
  if (!x) return y;
  const [, m, width] = y.shape as [number, number, number];
  const n = x.shape[1]!;
  const both = (p: Lanes, q: Lanes) => {
    const out = party.lanes(p.length + q.length);
    for (let h = 0; h < heads; h++) {
      out.set(p.subarray(h * n * width, (h + 1) * n * width), h * (n + m) * width);
      out.set(q.subarray(h * m * width, (h + 1) * m * width), (h * (n + m) + n) * width);
    }
    return out;
  };
  return new Masked([heads, n + m, width], y.bits, y.frac, both(x.first, y.first), both(x.second, y.second));
}

import type { Lanes } from '../kernels/index.ts';
import { Additive } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { type Rotary, turnsOf } from './rotary.ts';

/**
 * Turns every head of x [n, heads * width] by the positions of its rows, which begin at `from` (rotary.ts): local, for the turn is a
 * public linear map,
 *
 *     (a, b) -> (a cos - b sin, b cos + a sin)
 *
 * The result has the fractional bits of x and those of the cosines, `frac`: entries must be below 2^(62 - x.frac - frac) / sqrt(2). A turn
 * is exact to 2^-(frac + 1) of its row's size.
 */
export function turned(party: Party, x: Additive, heads: number, rotary: Rotary, from: number, frac: number): Additive {
  const [n, cols] = x.shape as [number, number];
  if (!x.share) return new Additive(x.shape, x.bits, x.frac + frac, undefined);
  const { cos, sin } = fixedTurns(party, rotary, from, n, cols, cols / heads, frac);
  const { kernels } = party;
  const [out, other] = [party.lanes(x.size), crossed(party, x.share, cols / heads)];
  kernels.mul(out, x.share, cos);
  kernels.mul(other, other, sin);
  kernels.add(out, out, other);
  return new Additive(x.shape, x.bits, x.frac + frac, out);
}

/** cos of each entry, and the sine that its partner comes with, for heads of one width side by side. [n, cols] each */
function fixedTurns(
  party: Party,
  rotary: Rotary,
  from: number,
  n: number,
  cols: number,
  width: number,
  frac: number,
): { cos: Lanes; sin: Lanes } {
  const { cos, sin } = turnsOf(rotary, from, n);
  const half = width / 2;
  const both = [new Float64Array(n * cols), new Float64Array(n * cols)] as const;
  for (let i = 0; i < n; i++) {
    for (let head = i * cols; head < (i + 1) * cols; head += width) {
      for (let c = 0; c < half; c++) {
        const [at, turn] = [head + c, i * half + c];
        both[0][at] = both[0][at + half] = cos[turn]!;
        both[1][at] = -sin[turn]!;
        both[1][at + half] = sin[turn]!;
      }
    }
  }
  const [fixedCos, fixedSin] = both.map((values) => {
    const out = party.lanes(values.length);
    party.kernels.toFixed(out, values, frac, 64);
    return out;
  });
  return { cos: fixedCos!, sin: fixedSin! };
}

/** The two halves of each head, exchanged. */
function crossed(party: Party, a: Lanes, width: number): Lanes {
  const out = party.lanes(a.length);
  const half = width / 2;
  for (let at = 0; at < a.length; at += width) {
    out.set(a.subarray(at + half, at + width), at);
    out.set(a.subarray(at, at + half), at + half);
  }
  return out;
}

import type { Lanes } from '../kernels/index.ts';
import { drop } from '../mpc/local.ts';
import { Masked } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { type Rotary, turnsOf } from './rotary.ts';

/** Fractional bits of public cosines: a turn moves an entry by less than 2^-14 of its row's size. */
export const TURN_FRAC = 14;

/**
 * Turns x [heads, n, width] by the positions of its rows, which begin at `from` (rotary.ts): local, for the turn is a public linear map,
 *
 *     (a, b) -> (a cos - b sin, b cos + a sin)
 *
 * x has TURN_FRAC bits of head room beside what it needs; they hold the fraction of the cosines, and are dropped again.
 */
export function turned(party: Party, x: Masked, rotary: Rotary, from: number): Masked {
  const [, n, width] = x.shape as [number, number, number];
  const { cos, sin } = fixedTurns(party, rotary, from, n, width);
  const { kernels } = party;
  const turn = (a: Lanes) => {
    const [out, other] = [party.lanes(a.length), crossed(party, a, width)];
    kernels.mul(out, a, cos);
    kernels.mul(other, other, sin);
    kernels.add(out, out, other);
    return out;
  };
  return drop(party, new Masked(x.shape, x.bits, x.frac + TURN_FRAC, turn(x.first), turn(x.second)), TURN_FRAC);
}

/** cos of each entry, and the sine that its partner comes with. [n, width] each */
function fixedTurns(party: Party, rotary: Rotary, from: number, n: number, width: number): { cos: Lanes; sin: Lanes } {
  const { cos, sin } = turnsOf(rotary, from, n);
  const half = width / 2;
  const both = [new Float64Array(n * width), new Float64Array(n * width)] as const;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < half; c++) {
      const [at, turn] = [i * width + c, i * half + c];
      both[0][at] = both[0][at + half] = cos[turn]!;
      both[1][at] = -sin[turn]!;
      both[1][at + half] = sin[turn]!;
    }
  }
  const [fixedCos, fixedSin] = both.map((values) => {
    const out = party.lanes(values.length);
    party.kernels.toFixed(out, values, TURN_FRAC, 64);
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

/** Fused passes of the protocols; formulas are in kernels.ts. */
import type { Kernels, Lanes } from '../kernels.ts';
import { bitAt } from './bits.ts';
import { lowMask } from './ring.ts';

const { asUintN } = BigInt;

export const truncateFinish: Kernels['truncateFinish'] = (out, a, g, mine, theirs, shift, bits, first) => {
  const mask = lowMask(bits);
  const top = BigInt(bits - 1);
  const ring = BigInt(bits);
  const both = first ? 1n : 0n;
  for (let i = 0; i < out.length; i++) {
    const t = shift[shift.length === 1 ? 0 : i]!;
    const low = asUintN(64, a[i]! & mask);
    const u = low >> top;
    const d = bitAt(mine, i);
    const e = bitAt(theirs, i);
    const sd = 1n - 2n * d;
    const p = both * d * e + e * sd * (u ^ d) + sd * (1n - 2n * e) * g[i]!;
    out[i] = asUintN(64, (low >> t) - ((u - p) << (ring - t)));
  }
};

export function gather(out: Lanes, a: Lanes, table: Lanes, shift: number): void {
  const by = BigInt(shift);
  const mask = BigInt(table.length - 1);
  for (let i = 0; i < out.length; i++) out[i] = table[Number(asUintN(64, asUintN(64, a[i]! >> by) & mask))]!;
}

/** factor * (low half of every lane) mod 2^32: more than enough for an index. */
function angles(a: Lanes, factor: number): Int32Array {
  const halves = new Int32Array(a.buffer, a.byteOffset, 2 * a.length);
  return Int32Array.from(a, (_, i) => Math.imul(halves[2 * i]!, factor));
}

export function cosines(out: Lanes, a: Lanes, table: Int32Array, factor: number, harmonics: number, g: number): void {
  const n = a.length;
  const mask = table.length - 1;
  const quarter = table.length / 4;
  const round = (v: number) => BigInt((v + (1 << (29 - g))) >> (30 - g));
  const angle = angles(a, factor);
  for (let j = 1; j <= harmonics; j++)
    for (let i = 0; i < n; i++) {
      const x = Math.imul(j, angle[i]!);
      out[(2 * j - 2) * n + i] = asUintN(64, round(table[x & mask]!));
      out[(2 * j - 1) * n + i] = asUintN(64, round(table[(x - quarter) & mask]!));
    }
}

export function cosineSum(
  out: Lanes,
  a: Lanes,
  dealt: Lanes,
  table: Int32Array,
  factor: number,
  coef: Int32Array,
): void {
  const n = a.length;
  const mask = table.length - 1;
  const quarter = table.length / 4;
  const angle = angles(a, factor);
  for (let j = 1; j <= coef.length; j++) {
    const scaled = BigInt64Array.from(table, (v) => (BigInt(v) * BigInt(coef[j - 1]!) + (1n << 29n)) >> 30n);
    for (let i = 0; i < n; i++) {
      const x = Math.imul(j, angle[i]!);
      const c = asUintN(64, asUintN(64, scaled[x & mask]!) * dealt[(2 * j - 2) * n + i]!);
      const s = asUintN(64, asUintN(64, scaled[(x - quarter) & mask]!) * dealt[(2 * j - 1) * n + i]!);
      out[i] = asUintN(64, out[i]! + asUintN(64, c + s));
    }
  }
}

import type { Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { lanes } from '../party/random.ts';
import { flip } from './bits.ts';
import { below, belowPrice } from './compare.ts';
import { addAdditive, sub, toAdditive } from './local.ts';
import { remask, remaskPrice } from './remask.ts';
import { select, selectPrice } from './select.ts';
import { beside, Masked, type Price, sum } from './values.ts';

/**
 * Largest entry of each row, by a tournament of compare, select, remask: about 4 rounds a level, ceil(log2(cols)) levels.
 * Entries must lie within 2^(bits - 2) units of each other. [rows, cols] -> [rows]
 */
export async function rowMax(party: Party, x: Masked, cols: number): Promise<Masked> {
  let rest = x;
  while (cols > 1) {
    const half = cols >> 1;
    const [a, b] = [columns(rest, cols, 0, half), columns(rest, cols, half, half)];
    const winner = await larger(party, a, b);
    rest = cols % 2 === 0 ? winner : join(winner, half, columns(rest, cols, cols - 1, 1), 1);
    cols = half + (cols % 2);
  }
  return new Masked([rest.size], rest.bits, rest.frac, rest.first, rest.second);
}

export function rowMaxPrice(rows: number, cols: number, bits: number): Price {
  let price: Price = { rounds: 0, dealer: 0, online: 0 };
  for (; cols > 1; cols -= cols >> 1) {
    const n = rows * (cols >> 1);
    price = sum(price, belowPrice(n, 1, bits, 3), selectPrice(n, bits), remaskPrice(n, bits));
  }
  return price;
}

/** b + [a >= b] (a - b), masked. */
async function larger(party: Party, a: Masked, b: Masked): Promise<Masked> {
  const d = sub(party, a, b);
  const [less] = await below(party, d, [0n], { radix: 3 });
  return remask(party, addAdditive(party, [await select(party, flip(party, less!), d), toAdditive(party, b)]));
}

/** Columns from .. from + count of [rows, cols], as [rows, count]. */
function columns(x: Masked, cols: number, from: number, count: number): Masked {
  const rows = x.size / cols;
  const cut = (a: Lanes) => {
    const out = lanes(rows * count);
    for (let r = 0; r < rows; r++) out.set(a.subarray(r * cols + from, r * cols + from + count), r * count);
    return out;
  };
  return new Masked([rows, count], x.bits, x.frac, cut(x.first), cut(x.second));
}

/** [rows, a] beside [rows, b] -> [rows, a + b] */
function join(x: Masked, a: number, y: Masked, b: number): Masked {
  const rows = x.size / a;
  const rowsOf = (p: Lanes, q: Lanes) => {
    const out = lanes(rows * (a + b));
    for (let r = 0; r < rows; r++) {
      out.set(p.subarray(r * a, (r + 1) * a), r * (a + b));
      out.set(q.subarray(r * b, (r + 1) * b), r * (a + b) + a);
    }
    return out;
  };
  return new Masked([rows, a + b], x.bits, x.frac, rowsOf(x.first, y.first), rowsOf(x.second, y.second));
}

/**
 * Index of the largest entry of a row: the same tournament, carrying indices. Of equal entries any may win. Indices have no
 * fractional bits and travel in Z_2^indexBits. [n] -> the winner's value and index, [1] each
 */
export async function argmax(party: Party, x: Masked, indexBits: number): Promise<{ value: Masked; index: Masked }> {
  let [value, index] = [x, publicIndices(party, x.size, indexBits)];
  let n = x.size;
  while (n > 1) {
    const half = n >> 1;
    const parts = (v: Masked) =>
      [columns(v, n, 0, half), columns(v, n, half, half), columns(v, n, n - (n % 2), n % 2)] as const;
    const [[a, b, oddValue], [ia, ib, oddIndex]] = [parts(value), parts(index)];
    const d = sub(party, a, b);
    const [less] = await below(party, d, [0n], { radix: 3 });
    const keep = flip(party, less!);
    const pick = (p: Party, from: Masked, difference: Masked) =>
      select(p, keep, difference).then((s) => remask(p, addAdditive(p, [s, toAdditive(p, from)])));
    [value, index] = await party.all(
      (p) => pick(p, b, d),
      (p) => pick(p, ib, sub(p, ia, ib)),
    );
    if (n % 2 === 1) [value, index] = [join(value, half, oddValue, 1), join(index, half, oddIndex, 1)];
    n = half + (n % 2);
  }
  return { value, index };
}

export function argmaxPrice(n: number, bits: number, indexBits: number): Price {
  let price: Price = { rounds: 0, dealer: 0, online: 0 };
  for (; n > 1; n -= n >> 1) {
    const pick = (ring: number) => sum(selectPrice(n >> 1, ring), remaskPrice(n >> 1, ring));
    price = sum(price, belowPrice(n >> 1, 1, bits, 3), beside(pick(bits), pick(indexBits)));
  }
  return price;
}

/** 0, 1, 2, ... as a masked value with mask 0: they are public. */
function publicIndices(party: Party, n: number, bits: number): Masked {
  const first = party.deals ? new BigUint64Array(n) : BigUint64Array.from({ length: n }, (_, i) => BigInt(i));
  return new Masked([n], bits, 0, first, new BigUint64Array(n));
}

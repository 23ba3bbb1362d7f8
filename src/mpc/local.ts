import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { Additive, Masked, type Shape, sizeOf } from './values.ts';

/**
 * What costs no message: linear maps with public coefficients, changes of ring, changes of shape. They are safe because
 * each party computes on what it holds already.
 */

type Lanewise = (out: Lanes, x: Lanes) => void;

function each(
  party: Party,
  x: Masked,
  run: Lanewise,
  to: Partial<Pick<Masked, 'shape' | 'bits' | 'frac'>> = {},
): Masked {
  const shape = to.shape ?? x.shape;
  const [first, second] = [x.first, x.second].map((half) => {
    const out = party.lanes(sizeOf(shape));
    run(out, half);
    return out;
  });
  return new Masked(shape, to.bits ?? x.bits, to.frac ?? x.frac, first!, second!);
}

/** x + y; y may be a row [cols] (inner 1) or a column [rows] (inner = cols) of x. */
export function add(party: Party, x: Masked, y: Masked, inner = 1): Masked {
  return pairwise(party, x, y, (out, a, b) => party.kernels.add(out, a, b, inner));
}

/** x - y, broadcast like add. */
export function sub(party: Party, x: Masked, y: Masked, inner = 1): Masked {
  return pairwise(party, x, y, (out, a, b) => party.kernels.sub(out, a, b, inner));
}

function pairwise(party: Party, x: Masked, y: Masked, run: (out: Lanes, a: Lanes, b: Lanes) => void): Masked {
  ensure(x.frac === y.frac, `fractional bits differ: ${x.frac} and ${y.frac}`);
  const [first, second] = [party.lanes(x.size), party.lanes(x.size)];
  run(first, x.first, y.first);
  run(second, x.second, y.second);
  return new Masked(x.shape, Math.min(x.bits, y.bits), x.frac, first, second);
}

export function negate(party: Party, x: Masked): Masked {
  return each(party, x, (out, a) => party.kernels.neg(out, a));
}

/** x times an integer; `frac` is what the product means (the same unless given). */
export function scale(party: Party, x: Masked, factor: bigint, to: { bits?: number; frac?: number } = {}): Masked {
  return each(party, x, (out, a) => party.kernels.scale(out, a, factor), to);
}

/** x with t more fractional bits: exact, and the ring grows with them (m 2^t is known modulo 2^(k + t)). */
export function raise(party: Party, x: Masked, t: number): Masked {
  if (t === 0) return x;
  return scale(party, x, 1n << BigInt(t), { bits: Math.min(64, x.bits + t), frac: x.frac + t });
}

/** x + c for a public integer c: only m moves. */
export function addPublic(party: Party, x: Masked, c: bigint): Masked {
  if (party.deals) return x;
  const first = party.lanes(x.size);
  party.kernels.addConst(first, x.first, c);
  return new Masked(x.shape, x.bits, x.frac, first, x.second);
}

/** The same integer in a smaller ring: nothing to compute. */
export function reduce(x: Masked, bits: number): Masked {
  ensure(bits <= x.bits, `cannot reduce Z_2^${x.bits} to Z_2^${bits}`);
  if (bits === x.bits) return x;
  const out = new Masked(x.shape, bits, x.frac, x.first, x.second);
  out.derived = x.derived;
  return out;
}

/** x with t fewer fractional bits, in Z_2^(k - t): right to 1.5 units, without bias. */
export function drop(party: Party, x: Masked, t: number): Masked {
  if (t === 0) return x;
  const shift = (out: Lanes, a: Lanes) => party.kernels.shiftRight(out, a, t, x.bits);
  return each(party, addPublic(party, x, -(1n << BigInt(t - 1))), shift, { bits: x.bits - t, frac: x.frac - t });
}

export function reshape(x: Masked, shape: Shape): Masked {
  ensure(sizeOf(shape) === x.size, 'a new shape must keep the size');
  const out = new Masked(shape, x.bits, x.frac, x.first, x.second);
  out.derived = x.derived;
  return out;
}

/** Elements from .. from + count of the flat array, as `shape`. */
export function slice(x: Masked, from: number, shape: Shape): Masked {
  const cut = (a: Lanes) => a.subarray(from, from + sizeOf(shape));
  return new Masked(shape, x.bits, x.frac, cut(x.first), cut(x.second));
}

export function permute(party: Party, x: Masked, dims: Shape, perm: readonly number[]): Masked {
  const shape = perm.map((axis) => dims[axis]!);
  return each(party, x, (out, a) => party.kernels.permute(out, a, dims, perm), { shape });
}

/** A value of n lanes, made of runs of others (copyRuns of the kernels) that cover it. -> [n] */
export function pieced(party: Party, n: number, ...pieces: [x: Masked, runs: Int32Array][]): Masked {
  const [first, second] = [party.lanes(n), party.lanes(n)];
  for (const [x, runs] of pieces) {
    party.kernels.copyRuns(first, x.first, runs);
    party.kernels.copyRuns(second, x.second, runs);
  }
  const { bits, frac } = pieces[0]![0];
  return new Masked([n], bits, frac, first, second);
}

/** Sum of each row. [rows, cols] -> [rows] */
export function rowSum(party: Party, x: Masked, cols: number): Masked {
  return each(party, x, (out, a) => party.kernels.rowSum(out, a, cols), { shape: [x.size / cols] });
}

/** What the party computes with: the dealer l1 + l2, an evaluator its half m - l1 or -l2 of x. Kept with the value. */
export function derived(party: Party, x: Masked): Lanes {
  if (x.derived === undefined) {
    const out = party.lanesBeside(x.first, x.size);
    if (party.role === 0) party.kernels.add(out, x.first, x.second);
    else if (party.role === 1) party.kernels.sub(out, x.first, x.second);
    else party.kernels.neg(out, x.second);
    x.derived = out;
  }
  return x.derived;
}

/** A masked value is an additive one, for nothing. */
export function toAdditive(party: Party, x: Masked): Additive {
  return new Additive(x.shape, x.bits, x.frac, party.deals ? undefined : derived(party, x));
}

/** Sum of additive values of one shape and one number of fractional bits, in the smallest of their rings. */
export function addAdditive(party: Party, terms: readonly Additive[]): Additive {
  const [head, ...rest] = terms as [Additive, ...Additive[]];
  const bits = Math.min(...terms.map((term) => term.bits));
  ensure(
    terms.every((term) => term.frac === head.frac && term.size === head.size),
    'terms of a sum differ',
  );
  if (party.deals || rest.length === 0) return new Additive(head.shape, bits, head.frac, head.share);
  const out = party.lanes(head.size);
  rest.forEach((term, i) => {
    party.kernels.add(out, i === 0 ? head.share! : out, term.share!);
  });
  return new Additive(head.shape, bits, head.frac, out);
}

/** Additive x with t more fractional bits: exact. */
export function raiseAdditive(party: Party, x: Additive, t: number): Additive {
  if (t === 0) return x;
  const bits = Math.min(64, x.bits + t);
  if (party.deals) return new Additive(x.shape, bits, x.frac + t, undefined);
  const out = party.lanes(x.size);
  party.kernels.scale(out, x.share!, 1n << BigInt(t));
  return new Additive(x.shape, bits, x.frac + t, out);
}

/** Public integers c, one or as many as x has, added to an additive value: evaluator 1 adds them. */
export function addPublicAdditive(party: Party, x: Additive, c: bigint): Additive {
  if (party.role !== 1) return x;
  const out = party.lanes(x.size);
  party.kernels.addConst(out, x.share!, c);
  return new Additive(x.shape, x.bits, x.frac, out);
}

/** Additive x times an integer; the product has `more` fractional bits beside those of x. */
export function scaleAdditive(party: Party, x: Additive, factor: bigint, more: number): Additive {
  const out = x.share && party.lanes(x.size);
  if (out) party.kernels.scale(out, x.share!, factor);
  return new Additive(x.shape, x.bits, x.frac + more, out);
}

/** Sum of each row of an additive value. [rows, cols] -> [rows] */
export function additiveRowSum(party: Party, x: Additive, cols: number): Additive {
  const rows = x.size / cols;
  const out = x.share && party.lanes(rows);
  if (out) party.kernels.rowSum(out, x.share!, cols);
  return new Additive([rows], x.bits, x.frac, out);
}

/** Each row of x less its entry of y; both additive, with the same fractional bits. [rows, cols], [rows] -> [rows, cols] */
export function lessColumn(party: Party, x: Additive, y: Additive): Additive {
  ensure(x.frac === y.frac, `fractional bits differ: ${x.frac} and ${y.frac}`);
  const out = x.share && party.lanes(x.size);
  if (out && y.size > 0) party.kernels.sub(out, x.share!, y.share!, x.size / y.size);
  return new Additive(x.shape, Math.min(x.bits, y.bits), x.frac, out);
}

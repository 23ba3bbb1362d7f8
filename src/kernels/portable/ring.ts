/**
 * Ring arithmetic, element by element. asUintN(64, ...) around every step is what lets V8 keep lanes in machine
 * registers instead of making big integers; a wrapper around it would not.
 */
import type { Lanes } from '../kernels.ts';

const { asUintN } = BigInt;

export const lowMask = (bits: number): bigint => asUintN(64, (1n << BigInt(bits)) - 1n);

// Operand b of the broadcasting kernels: `left` elements still meet b[j].

export function add(out: Lanes, a: Lanes, b: Lanes, inner: number): void {
  for (let i = 0, j = 0, left = inner; i < out.length; i++) {
    out[i] = asUintN(64, a[i]! + b[j]!);
    if (--left === 0) [left, j] = [inner, (j + 1) % b.length];
  }
}

export function sub(out: Lanes, a: Lanes, b: Lanes, inner: number): void {
  for (let i = 0, j = 0, left = inner; i < out.length; i++) {
    out[i] = asUintN(64, a[i]! - b[j]!);
    if (--left === 0) [left, j] = [inner, (j + 1) % b.length];
  }
}

export function mul(out: Lanes, a: Lanes, b: Lanes, inner: number): void {
  for (let i = 0, j = 0, left = inner; i < out.length; i++) {
    out[i] = asUintN(64, a[i]! * b[j]!);
    if (--left === 0) [left, j] = [inner, (j + 1) % b.length];
  }
}

export function neg(out: Lanes, a: Lanes): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, -a[i]!);
}

export function addConst(out: Lanes, a: Lanes, c: bigint): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! + c);
}

export function scale(out: Lanes, a: Lanes, c: bigint): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! * c);
}

export function shiftRight(out: Lanes, a: Lanes, shift: number, bits: number): void {
  const mask = lowMask(bits);
  const by = BigInt(shift);
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, asUintN(64, a[i]! & mask) >> by);
}

export function reduce(out: Lanes, a: Lanes, bits: number): void {
  const mask = lowMask(bits);
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! & mask);
}

export function cross(out: Lanes, mx: Lanes, lx: Lanes, my: Lanes, hy: Lanes, inner: number): void {
  for (let i = 0, j = 0, left = inner; i < out.length; i++) {
    const product = asUintN(64, asUintN(64, mx[i]! * hy[j]!) - asUintN(64, lx[i]! * my[j]!));
    out[i] = asUintN(64, out[i]! + product);
    if (--left === 0) [left, j] = [inner, (j + 1) % my.length];
  }
}

export function rowSum(out: Lanes, a: Lanes, cols: number): void {
  for (let r = 0; r < out.length; r++) {
    let sum = 0n;
    for (let i = r * cols; i < (r + 1) * cols; i++) sum = asUintN(64, sum + a[i]!);
    out[r] = sum;
  }
}

export function crossRowSum(out: Lanes, mx: Lanes, lx: Lanes, my: Lanes, hy: Lanes, cols: number): void {
  for (let r = 0; r < out.length; r++) {
    const from = (r * cols) % Math.max(my.length, 1);
    let sum = out[r]!;
    for (let c = 0; c < cols; c++) {
      const i = r * cols + c;
      sum = asUintN(64, sum + asUintN(64, asUintN(64, mx[i]! * hy[from + c]!) - asUintN(64, lx[i]! * my[from + c]!)));
    }
    out[r] = sum;
  }
}

export function dotRows(out: Lanes, a: Lanes, b: Lanes, cols: number): void {
  for (let r = 0; r < out.length; r++) {
    let sum = 0n;
    for (let i = r * cols; i < (r + 1) * cols; i++) sum = asUintN(64, sum + asUintN(64, a[i]! * b[i]!));
    out[r] = sum;
  }
}

/** With axes missing in front taken as length 1, out[i0, i1, i2, i3] = a at the offset of those indices in a. */
export function permute(out: Lanes, a: Lanes, dims: readonly number[], perm: readonly number[]): void {
  const stride = dims.map((_, axis) => dims.slice(axis + 1).reduce((x, y) => x * y, 1));
  const front = 4 - dims.length;
  const size = [...Array(front).fill(1), ...perm.map((axis) => dims[axis]!)] as number[];
  const step = [...Array(front).fill(0), ...perm.map((axis) => stride[axis]!)] as number[];
  let to = 0;
  for (let i = 0; i < size[0]!; i++)
    for (let j = 0; j < size[1]!; j++)
      for (let k = 0; k < size[2]!; k++) {
        const from = i * step[0]! + j * step[1]! + k * step[2]!;
        for (let l = 0; l < size[3]!; l++) out[to++] = a[from + l * step[3]!]!;
      }
}

export function copyRuns(out: Lanes, a: Lanes, runs: Int32Array): void {
  for (let i = 0; i < runs.length; i += 3) out.set(a.subarray(runs[i + 1]!, runs[i + 1]! + runs[i + 2]!), runs[i]!);
}

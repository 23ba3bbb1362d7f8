import type { Engine } from './engine.ts';
import type { Kernels, MatmulShape } from './kernels.ts';

type Sized = { readonly length: number };

/** Wraps an engine in checks of sizes and ranges: once per call, so that the loops, native ones above all, need none. */
export function checked(engine: Engine): Omit<Kernels, 'engine' | 'simd' | 'threads' | 'reason'> {
  return { ...ring(engine), ...matrix(engine), ...streams(engine), ...bitmaps(engine), ...protocols(engine) };
}

function ring(e: Engine) {
  return {
    add: elementwise('add', e.add),
    sub: elementwise('sub', e.sub),
    mul: elementwise('mul', e.mul),
    neg(out, a) {
      same('neg', out, a);
      e.neg(out, a);
    },
    addConst(out, a, c) {
      same('addConst', out, a);
      e.addConst(out, a, BigInt.asUintN(64, c));
    },
    scale(out, a, c) {
      same('scale', out, a);
      e.scale(out, a, BigInt.asUintN(64, c));
    },
    shiftRight(out, a, shift, bits) {
      same('shiftRight', out, a);
      range('shiftRight', 'shift', shift, 0, 63);
      range('shiftRight', 'bits', bits, 1, 64);
      e.shiftRight(out, a, shift, bits);
    },
    reduce(out, a, bits) {
      same('reduce', out, a);
      range('reduce', 'bits', bits, 1, 64);
      e.reduce(out, a, bits);
    },
    cross(out, mx, lx, my, hy, inner = 1) {
      same('cross', out, mx, lx);
      same('cross', my, hy);
      broadcast('cross', out, my, inner);
      e.cross(out, mx, lx, my, hy, inner);
    },
    rowSum(out, a, cols) {
      rows('rowSum', out, a, cols);
      e.rowSum(out, a, cols);
    },
    crossRowSum(out, mx, lx, my, hy, cols) {
      rows('crossRowSum', out, mx, cols);
      same('crossRowSum', mx, lx);
      same('crossRowSum', my, hy);
      if (mx.length > 0 && (my.length === 0 || my.length % cols !== 0))
        fail('crossRowSum', `my has ${my.length} elements, not whole rows of ${cols}`);
      e.crossRowSum(out, mx, lx, my, hy, cols);
    },
    dotRows(out, a, b, cols) {
      rows('dotRows', out, a, cols);
      same('dotRows', a, b);
      e.dotRows(out, a, b, cols);
    },
    permute(out, a, dims, perm) {
      same('permute', out, a);
      const axes = [...perm].sort((x, y) => x - y);
      if (dims.length < 2 || dims.length > 4 || perm.length !== dims.length || axes.some((axis, i) => axis !== i))
        fail('permute', `[${perm}] is not an order of the axes [${dims}]`);
      size(
        'permute',
        a,
        dims.reduce((x, y) => x * y, 1),
      );
      if (out === a && a.length > 0) fail('permute', 'out must not be its input');
      e.permute(out, a, dims, perm);
    },
    copyRuns(out, a, runs) {
      if (runs.length % 3 !== 0) fail('copyRuns', `runs take three numbers each, got ${runs.length}`);
      if (out === a && runs.length > 0) fail('copyRuns', 'out must not be its input');
      for (let i = 0; i < runs.length; i += 3) {
        const [to, from, count] = [runs[i]!, runs[i + 1]!, runs[i + 2]!];
        if (to < 0 || from < 0 || count < 0 || to + count > out.length || from + count > a.length)
          fail('copyRuns', `[${to}, ${from}, ${count}] is not a run of ${a.length} lanes to ${out.length}`);
      }
      e.copyRuns(out, a, runs);
    },
  } satisfies Partial<Kernels>;
}

function matrix(e: Engine) {
  return {
    matmul(out, a, b, shape: MatmulShape) {
      const { batch, m, k, n } = shape;
      range('matmul', 'bits', shape.bits, 1, 64);
      for (const [name, v] of Object.entries({ batch, m, k, n })) range('matmul', name, v, 0, 2 ** 31);
      size('matmul', out, batch * m * n);
      size('matmul', a, batch * m * k);
      size('matmul', b, (shape.shareB ? 1 : batch) * k * n);
      e.matmul(out, a, b, shape);
    },
    matmulFloat(out, a, b, m, k, n) {
      size('matmulFloat', out, m * n);
      size('matmulFloat', a, m * k);
      size('matmulFloat', b, n * k);
      e.matmulFloat(out, a, b, m, k, n);
    },
  } satisfies Partial<Kernels>;
}

function streams(e: Engine) {
  const room = (name: string, bytes: Uint8Array, n: number, bits: number, exact: boolean) => {
    range(name, 'bits', bits, 1, 64);
    const need = Math.ceil((n * bits) / 8);
    if (exact ? bytes.length !== need : bytes.length < need)
      fail(name, `${n} lanes of ${bits} bits take ${need} bytes, got ${bytes.length}`);
  };
  return {
    prg(out, key, iv) {
      if (key.length !== 16 || iv.length !== 16) fail('prg', 'key and iv must have 16 bytes');
      e.prg(out, key, iv);
    },
    pack(out, a, bits) {
      room('pack', out, a.length, bits, true);
      e.pack(out, a, bits);
    },
    unpack(out, bytes, bits) {
      room('unpack', bytes, out.length, bits, false);
      e.unpack(out, bytes, bits);
    },
    packAdd(out, a, b, bits) {
      same('packAdd', a, b);
      room('packAdd', out, a.length, bits, true);
      e.packAdd(out, a, b, bits);
    },
    packSub(out, a, b, bits) {
      same('packSub', a, b);
      room('packSub', out, a.length, bits, true);
      e.packSub(out, a, b, bits);
    },
    unpackAdd(out, bytes, a, bits) {
      same('unpackAdd', out, a);
      room('unpackAdd', bytes, out.length, bits, false);
      e.unpackAdd(out, bytes, a, bits);
    },
    toFixed(out, x, frac, bits) {
      same('toFixed', out, x);
      range('toFixed', 'frac', frac, -1000, 1000);
      range('toFixed', 'bits', bits, 2, 64);
      return e.toFixed(out, x, frac, bits);
    },
    toFloat(out, a, bits, frac) {
      same('toFloat', out, a);
      range('toFloat', 'bits', bits, 1, 64);
      range('toFloat', 'frac', frac, -900, 900);
      e.toFloat(out, a, bits, frac);
    },
    halfToFloat(out, half) {
      same('halfToFloat', out, half);
      e.halfToFloat(out, half);
    },
    bfloatToFloat(out, bfloat) {
      same('bfloatToFloat', out, bfloat);
      e.bfloatToFloat(out, bfloat);
    },
  } satisfies Partial<Kernels>;
}

function bitmaps(e: Engine) {
  return {
    planes(out, a, first, count) {
      range('planes', 'first', first, 0, 63);
      range('planes', 'count', count, 0, 64 - first);
      size('planes', out, count * words(a.length));
      e.planes(out, a, first, count);
    },
    xor(out, a, b) {
      same('xor', out, a, b);
      e.xor(out, a, b);
    },
    and(out, a, b) {
      same('and', out, a, b);
      e.and(out, a, b);
    },
    andXor(out, a, b) {
      same('andXor', out, a, b);
      e.andXor(out, a, b);
    },
    not(out, a, n) {
      same('not', out, a);
      size('not', out, words(n));
      e.not(out, a, n);
    },
    spread(out, bits) {
      size('spread', bits, words(out.length));
      e.spread(out, bits);
    },
    blend(out, c, d, el) {
      same('blend', out, d, el);
      size('blend', c, words(out.length));
      e.blend(out, c, d, el);
    },
  } satisfies Partial<Kernels>;
}

function protocols(e: Engine) {
  return {
    truncateFinish(out, a, g, mine, theirs, shift, bits, first) {
      same('truncateFinish', out, a, g);
      size('truncateFinish', mine, words(out.length));
      size('truncateFinish', theirs, words(out.length));
      if (shift.length !== 1) same('truncateFinish', shift, out);
      range('truncateFinish', 'bits', bits, 1, 64);
      e.truncateFinish(out, a, g, mine, theirs, shift, bits, first);
    },
    gather(out, a, table, shift) {
      same('gather', out, a);
      power('gather', table, 1);
      range('gather', 'shift', shift, 0, 63);
      e.gather(out, a, table, shift);
    },
    cosines(out, a, table, factor, harmonics, g) {
      power('cosines', table, 4);
      range('cosines', 'factor', factor, -(2 ** 31), 2 ** 31 - 1);
      range('cosines', 'g', g, 0, 29);
      range('cosines', 'harmonics', harmonics, 0, 2 ** 20);
      size('cosines', out, 2 * harmonics * a.length);
      e.cosines(out, a, table, factor, harmonics, g);
    },
    cosineSum(out, a, dealt, table, factor, coef) {
      same('cosineSum', out, a);
      power('cosineSum', table, 4);
      range('cosineSum', 'factor', factor, -(2 ** 31), 2 ** 31 - 1);
      size('cosineSum', dealt, 2 * coef.length * a.length);
      e.cosineSum(out, a, dealt, table, factor, coef);
    },
  } satisfies Partial<Kernels>;
}

const words = (bits: number): number => Math.ceil(bits / 64);

function fail(name: string, what: string): never {
  throw new Error(`${name}: ${what}`);
}

function elementwise(name: string, kernel: Engine['add']): Kernels['add'] {
  return (out, a, b, inner = 1) => {
    same(name, out, a);
    broadcast(name, out, b, inner);
    kernel(out, a, b, inner);
  };
}

function same(name: string, a: Sized, b: Sized, c: Sized = b): void {
  if (a.length !== b.length || a.length !== c.length) fail(name, `sizes differ: ${a.length}, ${b.length}, ${c.length}`);
}

function size(name: string, a: Sized, want: number): void {
  if (a.length !== want) fail(name, `an operand has ${a.length} elements, the shape asks for ${want}`);
}

function broadcast(name: string, out: Sized, b: Sized, inner: number): void {
  if (!Number.isInteger(inner) || inner < 1) fail(name, `inner is ${inner}`);
  if (b.length === 0 && out.length > 0) fail(name, 'nothing to broadcast');
}

function rows(name: string, out: Sized, a: Sized, cols: number): void {
  if (!(cols >= 0) || out.length * cols !== a.length)
    fail(name, `${out.length} rows of ${cols} do not make ${a.length} elements`);
}

function range(name: string, what: string, v: number, least: number, most: number): void {
  if (!Number.isInteger(v) || v < least || v > most) fail(name, `${what} is ${v}, expected ${least}..${most}`);
}

function power(name: string, table: Sized, least: number): void {
  const n = table.length;
  if (n < least || (n & (n - 1)) !== 0 || n > 2 ** 30)
    fail(name, `a table of ${n} elements, expected a power of two from ${least}`);
}

import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { broadcast, range, same } from './conditions.ts';

export function ringChecks(e: Engine) {
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
  } satisfies Partial<Kernels>;
}

function elementwise(name: string, kernel: Engine['add']): Kernels['add'] {
  return (out, a, b, inner = 1) => {
    same(name, out, a);
    broadcast(name, out, b, inner);
    kernel(out, a, b, inner);
  };
}

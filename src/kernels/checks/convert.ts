import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { range, same } from './conditions.ts';

export function convertChecks(e: Engine) {
  return {
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

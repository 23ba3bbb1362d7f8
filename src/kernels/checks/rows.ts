import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { fail, rows, same } from './conditions.ts';

export function rowChecks(e: Engine) {
  return {
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
  } satisfies Partial<Kernels>;
}

import type { Engine } from '../engine.ts';
import type { Kernels, MatmulShape } from '../kernels.ts';
import { range, size } from './conditions.ts';

export function matmulChecks(e: Engine) {
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

import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { range, same, size, words } from './conditions.ts';

export function bitChecks(e: Engine) {
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

import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { power, range, same, size, words } from './conditions.ts';

export function protocolChecks(e: Engine) {
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

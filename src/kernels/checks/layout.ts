import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { fail, same, size } from './conditions.ts';

export function layoutChecks(e: Engine) {
  return {
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

import { bitChecks } from './checks/bits.ts';
import { convertChecks } from './checks/convert.ts';
import { layoutChecks } from './checks/layout.ts';
import { matmulChecks } from './checks/matmul.ts';
import { streamChecks } from './checks/pack.ts';
import { protocolChecks } from './checks/protocol.ts';
import { ringChecks } from './checks/ring.ts';
import { rowChecks } from './checks/rows.ts';
import type { Engine } from './engine.ts';
import type { Kernels } from './kernels.ts';

/** Wraps an engine in checks of sizes and ranges: once per call, so that the loops, native ones above all, need none. */
export function checked(engine: Engine): Omit<Kernels, 'engine' | 'simd' | 'threads' | 'reason'> {
  return {
    ...{ ...ringChecks(engine), ...rowChecks(engine), ...layoutChecks(engine), ...matmulChecks(engine) },
    ...{ ...streamChecks(engine), ...convertChecks(engine), ...bitChecks(engine), ...protocolChecks(engine) },
  };
}

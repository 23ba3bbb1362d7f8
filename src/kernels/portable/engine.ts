import type { Engine } from '../engine.ts';
import * as bits from './bits.ts';
import * as convert from './convert.ts';
import * as matmul from './matmul.ts';
import * as pack from './pack.ts';
import * as prg from './prg.ts';
import * as protocol from './protocol.ts';
import * as ring from './ring.ts';

/** The TypeScript engine: the specification of the native one, and what runs where that cannot be built. */
export function portableEngine(): Engine {
  const { lowMask: _lowMask, ...ringKernels } = ring;
  const { bitAt: _bitAt, ...bitKernels } = bits;
  return { ...ringKernels, ...matmul, ...prg, ...pack, ...bitKernels, ...protocol, ...convert };
}

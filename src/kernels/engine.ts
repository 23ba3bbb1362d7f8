import type { Kernels, Lanes } from './kernels.ts';

type Broadcast = (out: Lanes, a: Lanes, b: Lanes, inner: number) => void;

/** The loops alone: what an engine gives, before arguments are checked and defaults filled in (checked.ts). */
export type Engine = Omit<Kernels, 'engine' | 'simd' | 'threads' | 'reason' | 'add' | 'sub' | 'mul' | 'cross'> & {
  add: Broadcast;
  sub: Broadcast;
  mul: Broadcast;
  cross(out: Lanes, mx: Lanes, lx: Lanes, my: Lanes, hy: Lanes, inner: number): void;
};

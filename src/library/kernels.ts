/** Loops over numbers that a run's client computes with. */
export { type KernelOptions, type Kernels, loadKernels } from '../kernels/index.ts';

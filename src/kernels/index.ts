import { PumaError } from '../errors.ts';
import { checked } from './checked.ts';
import type { Kernels } from './kernels.ts';
import { loadAddon, nativeEngine } from './native.ts';
import { portableEngine } from './portable/engine.ts';

export type * from './kernels.ts';

export type KernelOptions = {
  /** Default: native if it loads. PUMA_ENGINE sets the default. */
  engine?: 'native' | 'portable';
  /** SIMD level of the native engine; default: the best there is. PUMA_SIMD sets the default. */
  simd?: string;
  /** 1 by default: no thread is then ever made. Ignored by the portable engine. */
  threads?: number;
};

/** The kernels to compute with. Every call gives an instance of its own, with its own threads. */
export function loadKernels(options: KernelOptions = {}): Kernels {
  const engine = options.engine ?? process.env.PUMA_ENGINE;
  const simd = options.simd ?? process.env.PUMA_SIMD;
  const { threads = 1 } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new PumaError('E_THREADS', `threads is ${threads}`, 'Give a whole number from 1 to 256.');
  if (engine && engine !== 'native' && engine !== 'portable')
    throw new PumaError('E_ENGINE', `there is no engine "${engine}"`, 'Engines: native, portable.');
  if (engine === 'portable') return portable('asked for');

  const loaded = loadAddon();
  if ('problem' in loaded) {
    const hint = 'Run npm run setup, or leave out the engine and the SIMD level to use the portable engine.';
    if (engine || simd) throw new PumaError('E_NATIVE', `the native engine does not load: ${loaded.problem}`, hint);
    return portable(`the native engine does not load: ${loaded.problem}`);
  }
  const levels = loaded.addon.levels();
  if (simd && !levels.includes(simd))
    throw new PumaError('E_SIMD', `no SIMD level "${simd}" on this CPU`, `Levels here: ${levels.join(', ')}.`);
  const level = simd || levels[0]!;
  return { engine: 'native', simd: level, threads, ...checked(nativeEngine(loaded.addon, level, threads)) };
}

/** Why the native engine does not load; undefined when it does. */
export function nativeProblem(): string | undefined {
  const loaded = loadAddon();
  return 'problem' in loaded ? loaded.problem : undefined;
}

/** SIMD levels that `simd` may name on this machine, best first; none without the native engine. */
export function simdLevels(): string[] {
  const loaded = loadAddon();
  return 'problem' in loaded ? [] : loaded.addon.levels();
}

function portable(reason: string): Kernels {
  return { engine: 'portable', simd: 'none', threads: 1, reason, ...checked(portableEngine()) };
}

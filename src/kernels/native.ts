import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../files/root.ts';
import type { Engine } from './engine.ts';
import type { Lanes } from './kernels.ts';
import { prg } from './portable/prg.ts';

/** What native/addon.cc exports. An instance owns its threads; `matmul` alone has a flat signature of its own. */
type Addon = {
  /** SIMD levels of this build that this CPU has, best first. */
  levels(): string[];
  instance(
    simd: string,
    threads: number,
  ): Omit<Engine, 'matmul' | 'permute' | 'prg'> & {
    /** Not there when the addon was built without OpenSSL's headers. */
    prg?: Engine['prg'];
    matmul(out: Lanes, a: Lanes, b: Lanes, dims: Float64Array): void;
    permute(out: Lanes, a: Lanes, dims: Float64Array): void;
  };
};

type LoadResult = { addon: Addon } | { problem: string };

/** The addon, or why there is none. Node keeps a loaded addon, so asking again is cheap. */
export function loadAddon(): LoadResult {
  try {
    return { addon: createRequire(import.meta.url)(join(projectRoot(), 'build', 'Release', 'puma.node')) as Addon };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') return { problem: 'not built (npm run build:native tells why)' };
    return { problem: message.split('\n', 1)[0] ?? 'unknown' };
  }
}

export function nativeEngine(addon: Addon, simd: string, threads: number): Engine {
  const kernels = addon.instance(simd, threads);
  return {
    ...kernels,
    prg: kernels.prg ?? prg,
    matmul(out, a, b, s) {
      const flags = [s.transposeA, s.transposeB, s.shareB].map((flag) => (flag ? 1 : 0));
      kernels.matmul(out, a, b, Float64Array.of(s.batch, s.m, s.k, s.n, s.bits, s.accumulate, ...flags));
    },
    permute: (out, a, dims, perm) => kernels.permute(out, a, Float64Array.of(...dims, ...perm)),
  };
}

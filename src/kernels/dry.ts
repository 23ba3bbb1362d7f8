import type { Kernels } from './kernels.ts';

/** How many elements a kind of loop went over; of matrix products, multiply-adds by the rows of their left operand. */
export type Work = { calls: number; multiplyAdds: Record<Rows, number>; lanes: Record<Loop, number> };

/** Matrix products of one row, of 2 to 15, of more: they run at different speeds. */
export type Rows = 'one' | 'few' | 'many';

/** Loops that take about as long as each other for an element. */
export type Loop = 'ring' | 'prg' | 'pack' | 'bits' | 'protocol';

export const noWork = (): Work => ({
  calls: 0,
  multiplyAdds: { one: 0, few: 0, many: 0 },
  lanes: { ring: 0, prg: 0, pack: 0, bits: 0, protocol: 0 },
});

/** What a kernel loops over, from its arguments: the output is the first of them. */
type Extent = (first: { length: number }, ...rest: never[]) => number;

const out: Extent = (first) => first.length;
/** Bitmaps have 64 elements a word. */
const bits: Extent = (first) => 64 * first.length;
const source: Extent = (_out, a: { length: number }) => a.length;
const dealt: Extent = (_out, _a, dealt: { length: number }) => dealt.length;

/** What a loop is called: every kernel but products of matrices. */
type LoopName = {
  [Name in keyof Kernels]-?: Kernels[Name] extends (...args: never[]) => unknown ? Name : never;
}[Exclude<keyof Kernels, 'matmul' | 'matmulFloat'>];

const ring = (extent: Extent) => ({ loop: 'ring', extent }) as const;
const prg = (extent: Extent) => ({ loop: 'prg', extent }) as const;
const pack = (extent: Extent) => ({ loop: 'pack', extent }) as const;
const onBits = { loop: 'bits', extent: bits } as const;
const protocol = (extent: Extent) => ({ loop: 'protocol', extent }) as const;

/** Of every loop its kind, and what it goes over: a kernel that is missing here does not compile. */
const LOOPS: Record<LoopName, { loop: Loop; extent: Extent }> = {
  ...{ add: ring(out), sub: ring(out), mul: ring(out), neg: ring(out), addConst: ring(out), scale: ring(out) },
  ...{ shiftRight: ring(out), reduce: ring(out), permute: ring(out), copyRuns: ring(out), cross: ring(out) },
  ...{ rowSum: ring(source), crossRowSum: ring(source), dotRows: ring(source) },
  ...{ toFixed: ring(out), toFloat: ring(out), halfToFloat: ring(out), bfloatToFloat: ring(out) },
  prg: prg(out),
  ...{ pack: pack(source), packAdd: pack(source), packSub: pack(source), unpack: pack(out), unpackAdd: pack(out) },
  ...{ planes: onBits, xor: onBits, and: onBits, andXor: onBits, not: onBits },
  ...{ spread: protocol(out), blend: protocol(out), truncateFinish: protocol(out), gather: protocol(out) },
  ...{ cosines: protocol(out), cosineSum: protocol(dealt) },
};

/**
 * Kernels that compute nothing and count what they would: for protocols are programs over shapes, and run the same whatever the
 * numbers are. Arrays keep what was in them. `work` says where to count the call that is being made.
 */
export function dryKernels(work: () => Work): Kernels {
  const count = (loop: Loop, extent: Extent) => {
    return (...args: Parameters<Extent>) => {
      const { lanes } = called();
      lanes[loop] += extent(...args);
      return -1; // of toFixed: every number fits
    };
  };
  const called = () => {
    const now = work();
    now.calls += 1;
    return now;
  };
  const loops = Object.entries(LOOPS).map(([name, { loop, extent }]) => [name, count(loop, extent)]);
  const products: Pick<Kernels, 'matmul' | 'matmulFloat'> = {
    matmul(_out, _a, _b, { batch, m, n, k }) {
      called().multiplyAdds[rowsOf(m)] += batch * m * n * k;
    },
    matmulFloat(_out, _a, _b, m, k, n) {
      called().multiplyAdds[rowsOf(m)] += m * k * n;
    },
  };
  return { engine: 'portable', simd: 'none', threads: 1, ...Object.fromEntries(loops), ...products } as Kernels;
}

const rowsOf = (m: number): Rows => (m === 1 ? 'one' : m < 16 ? 'few' : 'many');

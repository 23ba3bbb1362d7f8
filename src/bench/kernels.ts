/** The kernels by themselves: one family after the other, on made-up lanes. */
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { cosineTable } from '../mpc/tables.ts';
import { uniformLanes } from './made-up.ts';
import { breathe, type Measured, measured, type Watch } from './measure.ts';

export type KernelResult = Measured & { name: string; simd: string; threads: number; rate: number; unit: string };

export type KernelOptions = Watch & { levels: readonly string[]; threads: number; repeats: number };

/** Calls of a kernel: so much work each. */
type Load = { name: string; unit: string; work: number; call(): void };

const N = 1 << 20;

/** Rates of every family at every level, in this order. The median is the rate. */
export async function benchKernels({
  levels,
  threads,
  repeats,
  signal,
  progress,
}: KernelOptions): Promise<KernelResult[]> {
  const out: KernelResult[] = [];
  for (const simd of levels) {
    const kernels = loadKernels({ engine: 'native', simd, threads });
    const step = progress(`Kernels, ${simd}`, FAMILIES.length);
    try {
      for (const [i, family] of FAMILIES.entries()) {
        for (const load of family(kernels)) {
          const rates = await ratesOf(load, threads === 1 ? cpuSeconds : wallSeconds, repeats, signal);
          const all = measured(rates);
          out.push({ name: load.name, simd, threads, rate: all.median, unit: load.unit, ...all });
        }
        step.to(i + 1);
      }
    } finally {
      step.end();
    }
  }
  return out;
}

/** Of one thread: time that others take from us does not count. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Of several threads: their processor time would add up. */
const wallSeconds = (): number => performance.now() / 1000;

/** How long a measurement lasts at least, in seconds: the clock of processor time is coarse on some systems. */
const LEAST = 0.1;

async function ratesOf(load: Load, clock: () => number, repeats: number, signal: AbortSignal): Promise<number[]> {
  const time = (calls: number) => {
    const began = clock();
    for (let i = 0; i < calls; i++) load.call();
    return clock() - began;
  };
  time(1); // memory is touched, tables are warm
  let calls = 1;
  for (let took = time(1); took < LEAST / 4; took = time(calls)) calls *= 4;
  const rates: number[] = [];
  for (let i = 0; i < repeats; i++) {
    await breathe(signal);
    let [took, done] = [0, 0];
    for (; took < LEAST; done += calls) took += time(calls);
    rates.push((load.work * done) / took / 1e9);
  }
  return rates;
}

/** Each makes its arrays when its turn comes. */
const FAMILIES: readonly ((kernels: Kernels) => Load[])[] = [
  (kernels) => [64, 52, 40].map((bits) => matmul(kernels, bits, 128, 768, 3072)),
  (kernels) => [fewRows(kernels)],
  generator,
  packing,
  planes,
  truncation,
  cosines,
];

function product(kernels: Kernels, bits: number, m: number, k: number, n: number): () => void {
  const [x, y, out] = [uniformLanes(kernels, 0, m * k), uniformLanes(kernels, 0, n * k), new BigUint64Array(m * n)];
  const shape = { batch: 1, m, k, n, transposeB: true, bits, accumulate: 0 } as const; // weights are [out, in]
  return () => kernels.matmul(out, x, y, shape);
}

const matmul = (kernels: Kernels, bits: number, m: number, k: number, n: number): Load => ({
  name: `matrix product ${m} x ${k} x ${n}, ${bits} bit`,
  unit: 'G multiply-adds/s',
  work: m * k * n,
  call: product(kernels, bits, m, k, n),
});

/** A few tokens: the weights are read once, and reading them is the work. */
function fewRows(kernels: Kernels): Load {
  const [m, k, n, bits] = [8, 4096, 4096, 40];
  return {
    name: `matrix product ${m} x ${k} x ${n}, ${bits} bit`,
    unit: 'GB/s of weights (8 bytes each)',
    work: 8 * k * n,
    call: product(kernels, bits, m, k, n),
  };
}

const LANE_RATE = 'GB/s of lanes (8 bytes each)';
const ELEMENT_RATE = 'G elements/s';

function generator(kernels: Kernels): Load[] {
  const out = new BigUint64Array(N);
  const [key, iv] = [new Uint8Array(16), new Uint8Array(16)];
  return [{ name: 'generator (AES-128)', unit: 'GB/s', work: 8 * N, call: () => kernels.prg(out, key, iv) }];
}

function packing(kernels: Kernels): Load[] {
  const a = uniformLanes(kernels, 0, N);
  return [40, 52].flatMap((bits) => {
    const bytes = new Uint8Array((N * bits) / 8);
    return [
      { name: `pack, ${bits} bit`, unit: LANE_RATE, work: 8 * N, call: () => kernels.pack(bytes, a, bits) },
      { name: `unpack, ${bits} bit`, unit: LANE_RATE, work: 8 * N, call: () => kernels.unpack(a, bytes, bits) },
    ];
  });
}

function planes(kernels: Kernels): Load[] {
  const [count, a] = [20, uniformLanes(kernels, 0, N)];
  const out = new BigUint64Array((count * N) / 64);
  return [{ name: `${count} bit planes`, unit: ELEMENT_RATE, work: N, call: () => kernels.planes(out, a, 0, count) }];
}

function truncation(kernels: Kernels): Load[] {
  const [a, g, out] = [uniformLanes(kernels, 0, N), uniformLanes(kernels, 0, N), new BigUint64Array(N)];
  const [mine, theirs] = [uniformLanes(kernels, 0, N / 64), uniformLanes(kernels, 0, N / 64)];
  const shift = BigUint64Array.of(18n);
  const call = () => kernels.truncateFinish(out, a, g, mine, theirs, shift, 64, true);
  return [{ name: 'truncate by 18, 64 bit: last step', unit: ELEMENT_RATE, work: N, call }];
}

/** As GeLU has them. */
function cosines(kernels: Kernels): Load[] {
  const [n, harmonics, factor] = [N / 8, 5, 24];
  const table = cosineTable(16);
  const a = uniformLanes(kernels, 0, n);
  const [dealt, out] = [new BigUint64Array(2 * harmonics * n), new BigUint64Array(n)];
  const coefficients = new Int32Array(harmonics).fill(1 << 12);
  return [
    {
      name: `cosines, ${harmonics} harmonics: dealer`,
      unit: ELEMENT_RATE,
      work: n,
      call: () => kernels.cosines(dealt, a, table, factor, harmonics, 11),
    },
    {
      name: `cosines, ${harmonics} harmonics: evaluator`,
      unit: ELEMENT_RATE,
      work: n,
      call: () => kernels.cosineSum(out, a, dealt, table, factor, coefficients),
    },
  ];
}

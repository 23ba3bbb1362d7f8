/** What bench() gives: one shape for machines, which can be saved and read again. */
import { z } from 'zod';

const Count = z.int().nonnegative();
const Numbers = z.record(z.string(), z.number());

const Measured = z.object({ median: z.number(), min: z.number(), max: z.number() });

const Machine = z.object({ cpu: z.string(), cores: Count, memoryBytes: Count, node: z.string() });

const Named = z.object({
  name: z.string(),
  tokens: Count,
  /** 0 of a model that does not generate. */
  newTokens: Count,
  /** Figures of other systems for the same. */
  published: z.array(z.object({ system: z.string(), seconds: z.number(), gigabytes: z.number() })),
});

const SkippedCase = Named.extend({ skipped: z.string() });

const RanCase = Named.extend({
  runs: Count,
  seconds: Measured.extend({
    byPhase: z.object({
      share: z.number(),
      startup: z.number(),
      inference: z.number(),
      prompt: z.number().optional(),
      further: z.number().optional(),
    }),
    byKind: Numbers,
  }),
  bytes: z.object({ dealer: Count, online: Count, client: Count, total: Count, byKind: Numbers }),
  rounds: Count,
  parties: z.array(z.object({ party: Count, peakRssBytes: Count })),
  extrapolatedFromLayers: z.tuple([Count, Count]).optional(),
});

const Kernel = Measured.extend({
  name: z.string(),
  simd: z.string(),
  threads: Count,
  /** The median. */
  rate: z.number(),
  unit: z.string(),
});

const Protocol = z.object({
  name: z.string(),
  elements: Count,
  runs: Count,
  seconds: Measured,
  bytes: z.object({ dealer: Count, online: Count }),
  rounds: Count,
  others: z.array(z.object({ system: z.string(), elements: Count, seconds: z.number(), bytes: z.number().optional() })),
});

/** What `--json` prints and `--save` writes. Older ones may have more in them. */
export const BenchReport = z.object({
  machine: Machine,
  simd: z.string(),
  /** Of the kernels, at each party. */
  threads: Count,
  /** What the links between all ends were shaped to. */
  network: z.object({ name: z.string(), rttMs: z.number(), bitsPerSecond: z.number() }).optional(),
  cases: z.array(z.union([SkippedCase, RanCase])),
  kernels: z.array(Kernel),
  protocols: z.array(Protocol),
});

export type BenchReport = z.infer<typeof BenchReport>;
export type RanCase = z.infer<typeof RanCase>;
export type BenchCase = BenchReport['cases'][number];

export const hasRun = (one: BenchCase): one is RanCase => !('skipped' in one);

/** `gpt2, 32 -> 1`; `bert-base-uncased, 128`. */
export const caseName = ({ name, tokens, newTokens }: z.infer<typeof Named>): string =>
  `${name}, ${tokens}${newTokens > 0 ? ` -> ${newTokens}` : ''}`;

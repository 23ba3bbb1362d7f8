/**
 * How long an inference will take on this machine, and what memory: from what a dry run counted (cost.ts) and how fast the machine is
 * (rates.ts).
 *
 * The processor time of a party, for each kind of work:
 *
 *     program + multiply-adds * rate + sum over loops of lanes * rate + calls * rate + bytes of messages * rate
 *
 * where `program` is the party's part of the dry run's own time: what is left of a run when kernels do nothing. An inference can be no
 * faster than any of these, and takes about as long as the largest:
 *
 *     evaluators   the busier evaluator, the waiting for rounds, and the evaluators' bytes over the bandwidth: one after the other
 *     dealer       it runs ahead: its processor time alone
 *     link         bytes on the busier link from the dealer, over the bandwidth
 *     cores        processor time of all parties, the reading of shares too, over the cores that they share; and a seventh more, for now and
 *                  then a core is idle while parties wait for each other
 *     disk         shares read, when they do not fit in memory
 *
 * A round takes half a round trip, for both evaluators send at once; without a network, what a message takes on this machine.
 */
import type { Loop, Rows } from '../kernels/dry.ts';
import type { Model } from '../models/model.ts';
import { sizeOf } from '../mpc/values.ts';
import { storedRing } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import { keptWhole } from '../runtime/weights.ts';
import { packedBytes } from '../shares/index.ts';
import type { Network } from '../transport/shaped.ts';
import { kindEntries, type WorkKind } from '../work/kinds.ts';
import type { Cost, KindCost, StepCost } from './cost.ts';
import { ROLES } from './dry-run.ts';
import type { Rates } from './rates.ts';

export type Machine = {
  rates: Rates;
  cores: number;
  memoryBytes: number;
  /** Of each party's kernels. */
  threads: number;
  /** Between all ends; none for this machine's own sockets. */
  network?: Network | undefined;
};

export const BOUNDS = ['evaluators', 'dealer', 'link', 'cores', 'disk'] as const;
export type Bound = (typeof BOUNDS)[number];

export type Time = {
  seconds: number;
  /** What it is limited by. */
  bound: Bound;
  /** By kind of work: parts of `seconds`. */
  kinds: Record<string, number>;
};

export type Estimate = {
  /** Three parties on this machine. */
  together: Time;
  /** Each on a machine like this, with the network between them. */
  apart?: Time;
  /** Seconds of together: the whole text, then each further token. */
  steps: number[];
  /** Packed weights at each evaluator. */
  shareBytes: number;
  /** The most that a party will take, roughly. */
  memoryBytes: number;
};

export function estimate(cost: Cost, { model, ring }: { model: Model; ring: ModelRing }, machine: Machine): Estimate {
  const plan = model.plan();
  const shareBytes = plan.reduce(
    (n, { name, kind, shape }) => n + packedBytes(sizeOf(shape), storedRing({ name, kind }, ring).bits),
    0,
  );
  const again = keptWhole(plan) ? 0 : shareBytes;
  const steps = cost.steps.map((step, i) =>
    boundsOf(step, i === 0 ? { read: shareBytes, checked: shareBytes, compiled: COMPILING } : { read: again }, machine),
  );
  return {
    together: longest(steps, BOUNDS),
    ...(machine.network
      ? {
          apart: longest(
            steps,
            BOUNDS.filter((bound) => bound !== 'cores'),
          ),
        }
      : {}),
    steps: steps.map((bounds) => longest([bounds], BOUNDS).seconds),
    shareBytes,
    memoryBytes: PROCESS_BYTES + cost.heldBytes / SHARE_OF_DRY_RUN,
  };
}

/** Bits of the ring that most entries of matrices are in: products are measured in it (rates.ts). */
export function usualBits(model: Model, ring: ModelRing): number {
  const entries = new Map<number, number>();
  for (const { name, kind, shape } of model.plan()) {
    if (kind !== 'matrix') continue;
    const { bits } = storedRing({ name, kind }, ring);
    entries.set(bits, (entries.get(bits) ?? 0) + sizeOf(shape));
  }
  const most = Math.max(...entries.values());
  return [...entries].find(([, count]) => count === most)![0];
}

/** A node process that has compiled the program. */
const PROCESS_BYTES = 105e6;
/**
 * The dry run takes the arrays of three parties and a client, and leaves as much garbage behind as they do. Divided by this, it is within
 * 30 % of what parties were measured to take: BERT, GPT-2 and LLaMA of several sizes and lengths.
 */
const SHARE_OF_DRY_RUN = 2.2;
/** Each party's process compiles the program for itself, the dry run does it once for all: about so many seconds. */
const COMPILING = 0.2;
/** Measured: time over processor time of three parties on two cores. */
const SHARING = 8 / 7;
/** Of a disk, in bytes a second: an assumption, for measuring it takes longer than everything else here. */
const DISK = 1e9;
/** The part of this machine's memory that it can keep of a file. */
const CACHED = 0.7;

/** What a step does once, or for the first time: bytes of weights read and checked, seconds of compiling. */
type Extra = { read: number; checked?: number; compiled?: number };

type Kinds = Partial<Record<WorkKind, number>>;

/** Seconds that a step takes at least, by kind of work, for each of the reasons. */
function boundsOf(step: StepCost, { read, checked = 0, compiled = 0 }: Extra, machine: Machine): Record<Bound, Kinds> {
  const { rates, network, memoryBytes, cores } = machine;
  const wait = network ? network.rttMs / 2000 : rates.message;
  const perByte = network ? 8 / network.bitsPerSecond : 0;
  const bounds: Record<Bound, Kinds> = { evaluators: {}, dealer: {}, link: {}, cores: {}, disk: {} };
  const { bytes, kinds, dryTime } = step;
  const calls = sum(Object.values(kinds).flatMap(({ work }) => work.map((each) => each.calls)));
  for (const [kind, cost] of kindEntries(kinds)) {
    const program = (role: number) => {
      const part = cost.work[role]!.calls / calls;
      return Math.max(0, dryTime - compiled) * part + 3 * Math.min(dryTime, compiled) * part;
    };
    const [dealer, first, second] = ROLES.map((role) => program(role) + kernelTime(cost, role, machine)) as Three;
    const online = Math.max(cost.sentBy[1], cost.sentBy[2]) * perByte;
    bounds.evaluators[kind] = Math.max(first, second) + cost.rounds * wait + online;
    bounds.dealer[kind] = dealer;
    bounds.link[kind] = cost.sentBy[0] * perByte * (busiest(bytes, '0') / bytes.dealer);
    bounds.cores[kind] = (SHARING * (dealer + first + second)) / cores;
  }
  bounds.evaluators.embedding! += busiest(bytes, 'client') * perByte;
  bounds.evaluators.weights = checked * rates.hash;
  bounds.cores.weights = (SHARING * 2 * (checked * rates.hash + read * rates.read)) / cores;
  bounds.disk.weights = read > CACHED * memoryBytes ? read / DISK : 0;
  return bounds;
}

type Three = [number, number, number];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Bytes of this end to whom it sends most. */
const busiest = ({ links }: StepCost['bytes'], from: string): number =>
  Math.max(...links.filter((link) => link.from === from).map((link) => link.bytes));

/** Processor time of a party's kernels and messages. */
function kernelTime({ work, sentBy }: KindCost, role: 0 | 1 | 2, { rates, threads, cores }: Machine): number {
  const { multiplyAdds, lanes, calls } = work[role]!;
  const loops =
    sum(Object.entries(multiplyAdds).map(([rows, n]) => n * rates.multiplyAdd[rows as Rows])) +
    sum(Object.entries(lanes).map(([loop, n]) => n * rates.lane[loop as Loop]));
  const bytes = role === 0 ? sentBy[0] : sentBy[role] + sentBy[0] / 2;
  return loops / Math.min(threads, cores) + calls * rates.call + (bytes * rates.byte) / 2;
}

/** The longest of some bounds on several steps. */
function longest(steps: readonly Record<Bound, Kinds>[], among: readonly Bound[]): Time {
  const times = among.map((bound): Time => {
    const kinds: Kinds = {};
    for (const step of steps) {
      for (const [kind, seconds] of kindEntries(step[bound])) kinds[kind] = (kinds[kind] ?? 0) + seconds;
    }
    return { bound, kinds, seconds: sum(Object.values(kinds)) };
  });
  const [most, next] = times.sort((a, b) => b.seconds - a.seconds) as [Time, Time];
  if (most.bound !== 'disk') return most;
  // Meanwhile the parties work; the rest of the time they wait for weights
  const waited = most.seconds - next.seconds + (next.kinds.weights ?? 0);
  return { ...most, kinds: { ...next.kinds, weights: waited } };
}

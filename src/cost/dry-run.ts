/** The parties' own program on shapes alone: kernels count instead of computing, links are memory, weights are nowhere. */
import { getHeapStatistics } from 'node:v8';
import { dryKernels, noWork, type Work } from '../kernels/dry.ts';
import type { Model } from '../models/model.ts';
import { localSessions } from '../party/local.ts';
import { lanes } from '../party/random.ts';
import type { Session } from '../party/session.ts';
import { Spending } from '../party/spending.ts';
import { storedRing } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import { Client } from '../runtime/client.ts';
import { label, sendJson } from '../runtime/messages.ts';
import { serveJobs } from '../runtime/party.ts';
import { openWeights } from '../runtime/weights.ts';
import { cutRows, gridOf, packedBytes, type SharedTensor } from '../shares/index.ts';
import type { WeightShares } from '../shares/weight-source.ts';
import type { Role } from '../transport/address.ts';
import { Buffers } from '../transport/buffers.ts';
import type { Link } from '../transport/link.ts';
import { memoryPair } from '../transport/memory.ts';
import type { WorkKind } from '../work/kinds.ts';

export type DryOptions = {
  model: Model;
  ring: ModelRing;
  /** Ends it. */
  signal?: AbortSignal;
  /** Called as each value that the model names is counted. */
  onProgress?(name: string): void;
};

export const ROLES = [0, 1, 2] as const;

/** Counts a party's work by kind. */
export class Counter {
  spending = new Spending();
  private kinds = new Map<WorkKind, Work>();

  readonly work = (): Work => {
    const { kind } = this.spending;
    const work = this.kinds.get(kind) ?? noWork();
    this.kinds.set(kind, work);
    return work;
  };

  /** What was counted since the last call. */
  take(): ReadonlyMap<WorkKind, Work> {
    const taken = this.kinds;
    this.kinds = new Map();
    return taken;
  }
}

/** Watches what arrays take: parties run on the same ones, only that nothing is written to them. */
export class HeldBytes {
  private readonly before = heldBytes();
  private calls = 0;
  most = 0;

  /** Looks now and then: looking takes longer than most of what happens between two looks. */
  readonly look = (): void => {
    if (this.calls++ % 32 === 0) this.most = Math.max(this.most, heldBytes() - this.before);
  };
}

/** What lies outside the heap, nearly all of it arrays. process.memoryUsage() asks the system too, which takes twenty times as long. */
const heldBytes = (): number => getHeapStatistics().external_memory;

export type DryRun = { client: Client; served: Promise<unknown> };

/** Three parties and a client in this process, for whom nothing has a value. */
export async function startDry(options: DryOptions, counters: readonly Counter[], memory: HeldBytes): Promise<DryRun> {
  const { model, ring, onProgress, signal } = options;
  const pairs = ROLES.map((role) => memoryPair(`party ${role}`, 'client'));
  const idle = dryKernels(noWork);
  const served = localSessions({ kernels: idle }).map((session, role) => {
    const { spending, work } = counters[role]!;
    const kernels = dryKernels(() => {
      memory.look();
      return work();
    });
    const heard = (name: string) => {
      signal?.throwIfAborted();
      if (role === 1) onProgress?.(name);
    };
    return serveDry({ ...session, kernels, spending }, pairs[role]![0], model, ring, heard);
  });
  const links = pairs.map(([, link]) => link);
  const mesh = {
    buffers: new Buffers(),
    links: new Map(links.map((link, role) => [role as Role, link])),
    close: async () => void (await Promise.all(links.map((link) => link.close()))),
  };
  const all = Promise.all(served);
  all.catch(() => {}); // the client hears of it too
  const client = await Client.meet({ kernels: idle, model, tableBits: ring.table.bits }, mesh);
  return { client, served: all };
}

async function serveDry(
  session: Session,
  client: Link,
  model: Model,
  ring: ModelRing,
  onProgress: (name: string) => void,
): Promise<void> {
  sendJson(client, label('ready'), { role: session.role, pid: 0, digest: '', simd: 'none' });
  const tensors = tensorsOf(model, ring);
  try {
    const weights = openWeights(session.kernels, sharesOf(session.role, tensors), tensors);
    await serveJobs({ session, client, model, ring, weights, allowed: { layers: false, logits: true }, onProgress });
  } catch (error) {
    for (const link of [...session.links, client]) link?.destroy(error as Error);
    throw error;
  }
}

/** Tensors with shapes and rings, and nothing in them. */
function tensorsOf(model: Model, ring: ModelRing): SharedTensor[] {
  return model.plan().map(({ name, kind, shape }) => ({
    ...{ name, kind, shape: [...shape], sums: [] },
    ...storedRing({ name, kind }, ring),
  }));
}

function sharesOf(role: Session['role'], tensors: readonly SharedTensor[]): WeightShares {
  const key = new Uint8Array(16);
  if (role === 0) return { role, keys: [key, key] };
  const named = new Map(tensors.map((tensor, index) => [tensor.name, { ...tensor, index }]));
  const room = new Uint8Array(packedBytes(CHUNK, 64));
  return {
    role,
    key,
    tensor: async (name, _from, count) => {
      const tensor = named.get(name)!;
      const { rows, cols } = gridOf(tensor.shape);
      return { ...tensor, m: lanes((count ?? rows) * cols) };
    },
    stream: async (name, use) => {
      for (const chunk of cutRows(gridOf(named.get(name)!.shape), CHUNK)) use(room, chunk);
    },
  };
}

const CHUNK = 1 << 20;

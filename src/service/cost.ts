/**
 * What an inference costs, without running it: the parties' own program on shapes alone. Kernels count instead of computing, links are
 * memory, weights are nowhere. So bytes and rounds are those of a real run, to the byte.
 */
import { dryKernels, noWork, type Work } from '../kernels/dry.ts';
import type { Ring } from '../loaders/rings.ts';
import { storedRing } from '../loaders/rings.ts';
import { cutRows, gridOf, packedBytes, type SharedTensor } from '../loaders/shares.ts';
import type { Model } from '../models/model.ts';
import { localSessions } from '../party/local.ts';
import type { Session } from '../party/party.ts';
import { lanes } from '../party/random.ts';
import { Spending } from '../party/spending.ts';
import type { Role } from '../transport/address.ts';
import type { Link } from '../transport/link.ts';
import { memoryPair } from '../transport/memory.ts';
import { type Bytes, countBytes } from './answers.ts';
import { type Answer, Client, type Query } from './client.ts';
import { following } from './generate.ts';
import { label, type Reveal, sendJson } from './messages.ts';
import { serveJobs } from './party.ts';
import type { WeightShares } from './weight-source.ts';
import { openWeights } from './weights.ts';

export type CostOptions = {
  model: Model;
  ring: Ring;
  tokens: number;
  /** Of a model that generates: how many follow; 1 when left out. */
  newTokens?: number;
  /** Whether the length is hidden: the mask is shared too. */
  padded?: boolean;
  reveal?: Reveal;
  signal?: AbortSignal;
};

export type StepCost = { bytes: Bytes; rounds: number; kinds: Record<string, KindCost> };

/** Of one kind of work: bytes that parties send to each other, and rounds that pass. */
export type KindCost = { sent: number; rounds: number };

export type Cost = {
  bytes: Bytes;
  rounds: number;
  /** The whole text, then each further token. */
  steps: StepCost[];
  /** Work of party 0, 1 and 2. */
  work: readonly [Work, Work, Work];
  /** Multiply-adds of all parties. */
  multiplyAdds: number;
};

/** Bytes, rounds and work of an inference of any model, by its shapes. */
export async function cost(options: CostOptions): Promise<Cost> {
  const { model, ring, newTokens = 1, signal } = options;
  const work = [noWork(), noWork(), noWork()] as const;
  const { client, served } = await start(model, ring, work);
  const answers: Answer[] = [];
  let query = firstQuery(options);
  for (let i = 0; i < (model.task === 'generate' ? newTokens : 1); i++) {
    signal?.throwIfAborted();
    answers.push(await client.infer(query));
    query = following(query, 0);
  }
  await client.close();
  await served;
  return {
    bytes: countBytes(answers),
    rounds: answers.reduce((n, { rounds }) => n + rounds, 0),
    steps: answers.map(stepCost),
    work,
    multiplyAdds: work.reduce((n, { multiplyAdds }) => n + multiplyAdds, 0),
  };
}

function stepCost(answer: Answer): StepCost {
  const kinds: Record<string, KindCost> = {};
  for (const { spent } of answer.reports) {
    for (const [kind, { sent, rounds }] of Object.entries(spent)) {
      kinds[kind] = { sent: (kinds[kind]?.sent ?? 0) + sent, rounds: Math.max(kinds[kind]?.rounds ?? 0, rounds) };
    }
  }
  return { bytes: countBytes([answer]), rounds: answer.rounds, kinds };
}

function firstQuery({ tokens, padded = false, reveal }: CostOptions): Query {
  const fill = (value: number) => Array<number>(tokens).fill(value);
  return {
    ids: fill(0),
    types: fill(0),
    ...(padded ? { mask: fill(1) } : {}),
    ...(reveal ? { reveal } : {}),
    layers: false,
  };
}

type Served = { client: Client; served: Promise<unknown> };

/** Three parties and a client in this process, for whom nothing has a value. */
async function start(model: Model, ring: Ring, work: Cost['work']): Promise<Served> {
  const pairs = [0, 1, 2].map((role) => memoryPair(`party ${role}`, 'client'));
  const served = localSessions({ kernels: dryKernels(noWork()) }).map((session, role) =>
    serveDry({ ...session, kernels: dryKernels(work[role]!), spending: new Spending() }, pairs[role]![0], model, ring),
  );
  const links = pairs.map(([, link]) => link);
  const mesh = {
    links: new Map(links.map((link, role) => [role as Role, link])),
    close: async () => void (await Promise.all(links.map((link) => link.close()))),
  };
  const client = await Client.meet({ kernels: dryKernels(noWork()), model, tableBits: ring.table.bits }, mesh);
  return { client, served: Promise.all(served) };
}

async function serveDry(session: Session, client: Link, model: Model, ring: Ring): Promise<void> {
  sendJson(client, label('ready'), { role: session.role, pid: 0, digest: '', simd: 'none' });
  const tensors = tensorsOf(model, ring);
  try {
    const weights = openWeights(session.kernels, sharesOf(session.role, tensors), tensors);
    await serveJobs({ session, client, model, ring, weights, allowed: { layers: false, logits: true } });
  } catch (error) {
    for (const link of [...session.links, client]) link?.destroy(error as Error);
    throw error;
  }
}

/** Tensors with shapes and rings, and nothing in them. */
function tensorsOf(model: Model, ring: Ring): SharedTensor[] {
  return model.plan().map(({ name, kind, shape }) => ({
    ...{ name, kind, shape: [...shape], sums: [] },
    ...storedRing(kind, ring),
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

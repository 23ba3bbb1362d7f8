/** A client and three parties in this process: everything a run has but processes and sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKernels } from '../../src/kernels/index.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { PlainWeights } from '../../src/ops/plain.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { Client } from '../../src/runtime/client.ts';
import { serveParty } from '../../src/runtime/party.ts';
import { openShares } from '../../src/shares/index.ts';
import { shareWeights } from '../../src/shares/share-model.ts';
import type { Role } from '../../src/transport/address.ts';
import { Buffers } from '../../src/transport/buffers.ts';
import type { Link } from '../../src/transport/link.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { SMALL, writeCheckpoint } from '../commands/world.ts';
import { randomWeights, reader } from '../models/tiny-bert.ts';
import { RING } from '../shares/helpers.ts';

export const kernels = loadKernels();

export type Together = {
  client: Client;
  model: Model;
  /** The model's weights in the clear. */
  weights: PlainWeights;
  /** The client's links to party 0, 1, 2. */
  links: readonly Link[];
  /** What becomes of each party; `undefined` when it ends in order. */
  ended: readonly Promise<Error | undefined>[];
  /** What parties told of their progress, in order. */
  told: string[];
};

const NAMES = ['party 0', 'party 1', 'party 2', 'client'];

/** Shares the small model and has three parties serve it. */
export async function together(allowLayers = false): Promise<Together> {
  const folder = await mkdtemp(join(tmpdir(), 'puma-test-'));
  try {
    await writeCheckpoint(join(folder, 'model'));
    const out = join(folder, 'shares');
    const model = modelFor(SMALL);
    await shareWeights({
      model: { name: 'small', folder: join(folder, 'model'), ring: RING },
      out,
      kernels,
    });
    const weights = plannedWeights(model.plan(), reader(randomWeights(SMALL)));
    return { model, weights, ...(await serving(model, out, RING, allowLayers)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Three parties that serve shares, and the client. */
export async function serving(
  model: Model,
  out: string,
  ring: ModelRing,
  allowLayers = false,
): Promise<Omit<Together, 'model' | 'weights'>> {
  const links = linkAll();
  const told: string[] = [];
  const serve = async (role: 0 | 1 | 2) => {
    const shares = role === 0 ? await openShares(out, 0) : await openShares(out, role, kernels);
    const onProgress = (name: string) => told.push(`party ${role}: ${name}`);
    const common = { kernels, model, shares, runId: 'ab', allowLayers, onProgress };
    try {
      await serveParty({
        ...common,
        buffers: new Buffers(),
        links: links[role]!.slice(0, 3),
        client: links[role]![3]!,
      });
      return undefined;
    } catch (error) {
      for (const link of links[role]!) link?.destroy(error as Error);
      return error as Error;
    } finally {
      await shares.close();
    }
  };
  const ended = ([0, 1, 2] as const).map(serve);
  const ours = links[3]!.slice(0, 3) as Link[];
  const mesh = {
    links: new Map(ours.map((link, i): [Role, Link] => [i as Role, link])),
    buffers: new Buffers(),
    close: async () => void (await Promise.all(ours.map((link) => link.close()))),
  };
  const client = await Client.meet({ kernels, model, tableBits: ring.table.bits }, mesh);
  return { client, links: ours, ended, told };
}

/** links[i][j] leads from end i to end j; ends 0, 1, 2 and the client as 3. */
function linkAll(): (Link | undefined)[][] {
  const links: (Link | undefined)[][] = NAMES.map(() => NAMES.map(() => undefined));
  for (let i = 0; i < NAMES.length; i++) {
    for (let j = i + 1; j < NAMES.length; j++) {
      [links[i]![j], links[j]![i]] = memoryPair(NAMES[i]!, NAMES[j]!);
    }
  }
  return links;
}

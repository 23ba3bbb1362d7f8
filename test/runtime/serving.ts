/** Three parties in this process that serve shares, and their client. */
import { vi } from 'vitest';
import { type Kernels, loadKernels } from '../../src/kernels/index.ts';
import type { Model } from '../../src/models/model.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { Client } from '../../src/runtime/client.ts';
import { LocalParties } from '../../src/runtime/launch.ts';
import { serveParty } from '../../src/runtime/party.ts';
import { type DealerShares, type EvaluatorShares, openShares } from '../../src/shares/index.ts';
import type { Role } from '../../src/transport/address.ts';
import { Buffers } from '../../src/transport/buffers.ts';
import type { Link } from '../../src/transport/link.ts';
import { memoryPair } from '../../src/transport/memory.ts';

export const kernels = loadKernels();

export type Serving = {
  client: Client;
  /** The client's links to party 0, 1, 2. */
  links: readonly Link[];
  /** What becomes of each party; `undefined` when it ends in order. */
  ended: readonly Promise<Error | undefined>[];
  /** What parties told of their progress, in order. */
  told: string[];
};

type More = { allowLayers?: boolean; onProgress?(name: string): void; own?: Kernels };

const NAMES = ['party 0', 'party 1', 'party 2', 'client'];

export async function serving(
  model: Model,
  out: string,
  ring: Pick<ModelRing, 'table'>,
  { allowLayers = false, onProgress, own = kernels }: More = {},
): Promise<Serving> {
  const links = linkAll();
  const told: string[] = [];
  const serve = async (role: 0 | 1 | 2) => {
    const heard = (name: string) => {
      told.push(`party ${role}: ${name}`);
      if (role === 1) onProgress?.(name);
    };
    const common = { kernels: own, model, runId: 'ab', allowLayers, onProgress: heard };
    const ends = { links: links[role]!.slice(0, 3), client: links[role]![3]!, buffers: new Buffers() };
    let shares: DealerShares | EvaluatorShares | undefined;
    try {
      shares = role === 0 ? await openShares(out, 0) : await openShares(out, role, own);
      await serveParty({ ...common, ...ends, shares });
      return undefined;
    } catch (error) {
      for (const link of links[role]!) link?.destroy(error as Error);
      return error as Error;
    } finally {
      await shares?.close();
    }
  };
  const ended = ([0, 1, 2] as const).map(serve);
  const ours = links[3]!.slice(0, 3) as Link[];
  const mesh = {
    links: new Map(ours.map((link, i): [Role, Link] => [i as Role, link])),
    buffers: new Buffers(),
    close: async () => void (await Promise.all(ours.map((link) => link.close()))),
  };
  const client = await Client.meet({ kernels: own, model, tableBits: ring.table.bits }, mesh);
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

/** Has what starts parties find them in this process, until that is undone. Only a network asks for processes. */
export function partiesHere(): { mockRestore(): void } {
  const { start } = LocalParties;
  return vi.spyOn(LocalParties, 'start').mockImplementation(async (options) => {
    if (options.network) return start.call(LocalParties, options);
    const { shares, model, tableBits, kernels: own, revealLayers = false, onProgress } = options;
    const more = { allowLayers: revealLayers, own, ...(onProgress ? { onProgress } : {}) };
    const { client, ended } = await serving(model, shares, { table: { bits: tableBits, frac: 0 } }, more);
    return {
      client,
      infer: (query) => client.infer(query),
      inferAll: (queries) => client.inferAll(queries),
      stop: async () => {
        await client.close();
        await Promise.all(ended);
      },
    } as Pick<LocalParties, 'client' | 'infer' | 'inferAll' | 'stop'> as LocalParties;
  });
}

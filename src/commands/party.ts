import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import { PumaError } from '../errors.ts';
import { TEMP_PREFIX } from '../files/temp.ts';
import { loadKernels } from '../kernels/index.ts';
import { modelFor } from '../models/index.ts';
import type { PartyEvent, Told } from '../runtime/child.ts';
import { serveParty } from '../runtime/party.ts';
import { openShares } from '../shares/index.ts';
import { localAddresses } from '../transport/address.ts';
import { type Mesh, openMesh } from '../transport/mesh.ts';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { type Verb, wholeNumber } from './verb.ts';

type Options = NetworkOptions & {
  role: 0 | 1 | 2;
  shares: string;
  sockets: string;
  run: string;
  threads: number;
  revealLayers: boolean;
};

/** One party of a run on this machine: started by the other commands, not by people. It ends with whoever started it. */
export const party: Verb<Options> = {
  name: 'party',
  summary: 'be one of the three parties (started by the other commands)',
  options: [
    new Option('--role <0|1|2>', '0 deals, 1 and 2 evaluate').argParser(parseRole).makeOptionMandatory(),
    new Option('--shares <folder>', "this party's share folder").makeOptionMandatory(),
    new Option('--sockets <folder>', 'where the parties of this run find each other').makeOptionMandatory(),
    new Option('--run <id>', "the run's id").makeOptionMandatory(),
    new Option('--threads <n>', 'threads of the kernels').argParser(wholeNumber).default(1),
    new Option('--reveal-layers', 'let the client see every layer').default(false),
    NETWORK_OPTION,
  ],
  examples: [],
  async run(options) {
    process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: whoever started us decides
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, crash);
    process.stdin
      .on('end', () => orphaned(options))
      .on('error', () => orphaned(options))
      .resume();
    try {
      await serve(options);
      return '';
    } catch (error) {
      tell({ error: describe(error) });
      throw error;
    }
  },
};

export function parseRole(text: string): number {
  if (!/^[012]$/.test(text)) throw new InvalidArgumentError('It must be 0, 1 or 2.');
  return Number(text);
}

/** Whoever started us is gone without ending us: nobody else will remove what is left. */
export function orphaned({ sockets }: Pick<Options, 'sockets'>): void {
  if (basename(sockets).startsWith(TEMP_PREFIX)) rmSync(sockets, { recursive: true, force: true, maxRetries: 3 });
  process.exit(1);
}

/** A bug of ours: told like any other error, so that people need not look for it. */
export function crash(error: unknown): void {
  tell({ error: describe(error) });
  process.exit(1);
}

async function serve({ role, shares: folder, sockets, run, threads, revealLayers, network }: Options): Promise<void> {
  const kernels = loadKernels({ threads });
  const shares = role === 0 ? await openShares(folder, 0) : await openShares(folder, role, kernels);
  try {
    const model = modelFor(shares.manifest.model.config);
    const link = network ? { network } : {};
    const mesh = await openMesh({ me: role, runId: run, addresses: await localAddresses(sockets), link });
    const links = ([0, 1, 2] as const).map((i) => mesh.links.get(i));
    const client = mesh.links.get('client')!;
    try {
      const onProgress = (name: string) => tell({ progress: name });
      await serveParty({
        kernels,
        model,
        shares,
        runId: run,
        links,
        client,
        buffers: mesh.buffers,
        allowLayers: revealLayers,
        onProgress,
      });
      await mesh.close();
    } catch (error) {
      await giveUp(mesh, error as Error);
      throw error;
    }
  } finally {
    await shares.close();
  }
}

/** How long the others may take to read why, in ms. */
const PARTING = 300;

export async function giveUp(mesh: Mesh, reason: Error): Promise<void> {
  for (const link of mesh.links.values()) link.destroy(reason);
  await Promise.race([mesh.close().catch(() => {}), sleep(PARTING)]);
}

export function tell(event: PartyEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

export function describe(error: unknown): Told {
  if (error instanceof PumaError) {
    const { code, message, hint, exitCode } = error;
    return { code, message, exitCode, ...(hint === undefined ? {} : { hint }) };
  }
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return { code: 'E_INTERNAL', message, exitCode: 1, stack };
}

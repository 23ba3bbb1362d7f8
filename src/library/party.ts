/** One party of a run on this machine: the process that startParties() and bench() start, not people. It ends with whoever started it. */
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TEMP_PREFIX } from '../files/temp.ts';
import { loadKernels } from '../kernels/index.ts';
import { modelFor } from '../models/index.ts';
import { complaintOf, type PartyEvent } from '../runtime/complaint.ts';
import { serveParty } from '../runtime/party.ts';
import { openShares } from '../shares/index.ts';
import { localAddresses, type Role } from '../transport/address.ts';
import { type Mesh, openMesh } from '../transport/mesh.ts';
import { readNetwork } from '../transport/shaped.ts';

export type PartyOptions = {
  /** 0 deals, 1 and 2 evaluate. */
  role: Role;
  /** Where the parties of this run find each other. */
  sockets: string;
  /** The run's id. */
  run: string;
  /** This party's share folder. Without one, it runs single protocols. */
  shares?: string | undefined;
  /** Of the kernels. */
  threads?: number | undefined;
  /** Let the client see every layer. */
  revealLayers?: boolean | undefined;
  network?: string | undefined;
};

/** Serves until the client is done. Throws why it failed, when it has told whoever started it. */
export async function runParty(options: PartyOptions): Promise<void> {
  process.on('SIGUSR1', () => {}); // else it opens a debugger, which shows shares and keys to other programs
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: whoever started us decides
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, crash);
  for (const event of ['end', 'error'] as const) process.stdin.on(event, () => orphaned(options));
  process.stdin.resume();
  try {
    await (options.shares === undefined ? serveBench(options) : serveShares(options, options.shares));
  } catch (error) {
    tell({ error: complaintOf(error) });
    throw error;
  }
}

/** Whoever started us is gone without ending us: nobody else will remove what is left. */
function orphaned({ sockets }: PartyOptions): void {
  if (basename(sockets).startsWith(TEMP_PREFIX)) rmSync(sockets, { recursive: true, force: true, maxRetries: 3 });
  process.exit(1);
}

/** A bug of ours: told like any other error, so that people need not look for it. */
function crash(error: unknown): void {
  tell({ error: complaintOf(error) });
  process.exit(1);
}

async function serveShares(options: PartyOptions, folder: string): Promise<void> {
  const { role, run: runId, threads = 1, revealLayers: allowLayers = false } = options;
  const kernels = loadKernels({ threads });
  const shares = role === 0 ? await openShares(folder, 0) : await openShares(folder, role, kernels);
  try {
    const model = modelFor(shares.manifest.model.config);
    const onProgress = (name: string) => tell({ progress: name });
    await withMesh(options, (ends) => serveParty({ kernels, model, shares, runId, ...ends, allowLayers, onProgress }));
  } finally {
    await shares.close();
  }
}

async function serveBench(options: PartyOptions): Promise<void> {
  const { role, run: runId, threads = 1 } = options;
  const { serveProtocols } = await import('../bench/protocol-party.ts');
  const kernels = loadKernels({ threads });
  await withMesh(options, (ends) => serveProtocols({ role, runId, kernels, ...ends }));
}

type Ends = Pick<Parameters<typeof serveParty>[0], 'links' | 'client' | 'buffers'>;

async function withMesh(options: PartyOptions, serve: (ends: Ends) => Promise<void>): Promise<void> {
  const { role, run: runId, sockets, network: named } = options;
  const network = named === undefined ? undefined : readNetwork(named);
  const link = network ? { network } : {};
  const mesh = await openMesh({ me: role, runId, addresses: await localAddresses(sockets), link });
  const links = ([0, 1, 2] as const).map((i) => mesh.links.get(i));
  try {
    await serve({ links, client: mesh.links.get('client')!, buffers: mesh.buffers });
    await mesh.close();
  } catch (error) {
    await giveUp(mesh, error as Error);
    throw error;
  }
}

/** How long the others may take to read why, in ms. */
const PARTING = 300;

async function giveUp(mesh: Mesh, reason: Error): Promise<void> {
  for (const link of mesh.links.values()) link.destroy(reason);
  await Promise.race([mesh.close().catch(() => {}), sleep(PARTING)]);
}

function tell(event: PartyEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

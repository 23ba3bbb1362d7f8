import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PumaError } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { type Addresses, checkAddress, localAddresses } from '../transport/address.ts';
import type { Network } from '../transport/shaped.ts';
import { type Child, type PartyEvent, startChild, told } from './child.ts';
import { type Answer, Client } from './client.ts';
import { Faults } from './faults.ts';

export type LaunchOptions = {
  /** A private folder for sockets (temp.ts). Parties remove it when they outlive whoever started them. */
  folder: string;
  /** Where the folders party0, party1 and party2 are. */
  shares: string;
  model: Model;
  tableBits: number;
  kernels: Kernels;
  threads?: number;
  revealLayers?: boolean;
  /** What the links between all four ends are to be like. */
  network?: Network | undefined;
  /** Called as evaluator 1 computes each value that the model names. */
  onProgress?(name: string): void;
  signal?: AbortSignal;
  /** For tests: the program that parties run. */
  program?: string;
};

/** How long parties may take to end by themselves, and then after SIGTERM, in ms. */
const GRACE = 1000;
const LAST_GRACE = 300;

const ROLES = [0, 1, 2] as const;

/**
 * Three party processes on this machine and the client's links to them. Whatever happens, stop() leaves no process; any
 * step that fails throws the cause of the failure, not what followed from it.
 */
export class LocalParties {
  client!: Client;
  private readonly faults = new Faults();
  private readonly children: Child[];
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly options: LaunchOptions,
    runId: string,
  ) {
    this.children = ROLES.map((role) =>
      startChild({
        role,
        args: partyArgs(role, runId, options),
        hear: (event) => this.hear(role, event),
        ...(options.program ? { program: options.program } : {}),
      }),
    );
    for (const { ended } of this.children) {
      ended.then(({ rank, error }) => {
        if (!this.stopping) this.faults.add(rank, error);
      });
    }
    options.signal?.addEventListener('abort', this.interrupt);
    if (options.signal?.aborted) this.interrupt();
  }

  /** Starts the parties and waits until they are ready. */
  static async start(options: LaunchOptions): Promise<LocalParties> {
    options.signal?.throwIfAborted();
    const addresses = await socketsIn(options.folder);
    const runId = randomBytes(16).toString('hex');
    const parties = new LocalParties(options, runId);
    const dialling = new AbortController();
    try {
      const { kernels, model, tableBits, network } = options;
      const { signal } = dialling;
      const client = { kernels, model, tableBits, runId, addresses, signal, ...(network ? { network } : {}) };
      parties.client = await parties.orCause(Client.connect(client));
      return parties;
    } catch (error) {
      dialling.abort(new PumaError('E_PEER', 'the run has failed', undefined, 1)); // nobody will answer any more
      await parties.stop();
      throw error;
    }
  }

  infer(query: Query): Promise<Answer> {
    return this.orCause(this.client.infer(query));
  }

  /** Several texts at once, which share rounds. */
  inferAll(queries: readonly Query[]): ReturnType<Client['inferAll']> {
    return this.orCause(this.client.inferAll(queries));
  }

  /** Ends the parties: in order, or at once when something has failed. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private async end(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.interrupt);
    const ended = Promise.all(this.children.map((child) => child.ended));
    if (this.faults.raised) this.client?.destroy(new PumaError('E_PEER', 'the run has failed', undefined, 1));
    else {
      const closed = this.client.close().catch(() => {});
      const farewell = 2 * (this.options.network?.rttMs ?? 0);
      if (await within(Promise.all([closed, ended]), GRACE + farewell)) return;
    }
    for (const child of this.children) child.kill('SIGTERM');
    if (await within(ended, LAST_GRACE)) return;
    for (const child of this.children) child.kill('SIGKILL');
    await within(ended, LAST_GRACE);
  }

  /** What the work gives; or else why it failed. */
  private async orCause<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.options;
    work.catch((error) => this.faults.notice(error));
    try {
      return await Promise.race([work, this.faults.first]);
    } catch {
      signal?.throwIfAborted();
      throw await this.faults.cause(signal);
    }
  }

  private readonly interrupt = (): void => this.faults.interrupt();

  private hear(role: number, event: PartyEvent): void {
    if ('progress' in event && role === 1) this.options.onProgress?.(event.progress);
    if ('error' in event && !this.stopping) {
      const { rank, error } = told(role, event.error);
      this.faults.add(rank, error);
    }
  }
}

async function socketsIn(folder: string): Promise<Addresses> {
  const addresses = await localAddresses(folder);
  try {
    addresses.forEach(checkAddress);
  } catch (error) {
    const { code, message } = error as PumaError;
    throw new PumaError(code, message, 'Set TMPDIR to a folder with a shorter path.');
  }
  return addresses;
}

function partyArgs(role: number, runId: string, options: LaunchOptions): string[] {
  const { folder, shares, threads, revealLayers, network } = options;
  return [
    'party',
    ...['--role', String(role), '--run', runId, '--sockets', folder, '--shares', join(shares, `party${role}`)],
    ...(threads ? ['--threads', String(threads)] : []),
    ...(revealLayers ? ['--reveal-layers'] : []),
    ...(network ? ['--network', network.name] : []),
  ];
}

/** Whether the promise settles within so many ms. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const clock = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = sleep(ms, false, { signal: clock.signal }).catch(() => false);
  const result = await Promise.race([settled, late]);
  clock.abort();
  return result;
}

/** Three party processes on this machine: how they start, what becomes of them, and how they end. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PumaError } from '../errors.ts';
import { type Addresses, checkAddress, localAddresses, type Role } from '../transport/address.ts';
import type { Network } from '../transport/shaped.ts';
import { type Child, startChild } from './child.ts';
import { errorOf, type PartyEvent } from './complaint.ts';
import { Faults } from './faults.ts';

export type ProcessOptions = {
  /** A private folder for sockets (temp.ts). Parties remove it when they outlive whoever started them. */
  folder: string;
  /** What a party is told besides its role, the run and its sockets. */
  args?(role: Role): readonly string[];
  threads?: number | undefined;
  /** What the links between all four ends are to be like. */
  network?: Network | undefined;
  /** Called as evaluator 1 computes each value that the model names. */
  onProgress?: ((name: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** For tests: the program that parties run. */
  program?: string | undefined;
};

/** The client's links to the parties. */
export type Links = { close(): Promise<unknown>; destroy(reason: Error): void };

export type Meeting = { runId: string; addresses: Addresses; signal: AbortSignal };

/** How long parties may take to end by themselves, and then after SIGTERM, in ms. */
const GRACE = 1000;
const LAST_GRACE = 300;

const ROLES = [0, 1, 2] as const;

const FAILED = () => new PumaError('E_PEER', 'the run has failed', undefined, 1);

/** Whatever happens, stop() leaves no process; any step that fails throws the cause of the failure, not what followed from it. */
export class Processes {
  private readonly faults = new Faults();
  private readonly children: Child[];
  private stopping: Promise<void> | undefined;
  private readonly runId = randomBytes(16).toString('hex');

  private constructor(
    private readonly options: ProcessOptions,
    private readonly addresses: Addresses,
  ) {
    this.children = ROLES.map((role) => this.startParty(role));
    for (const { ended } of this.children) {
      ended.then(({ rank, error }) => {
        if (!this.stopping) this.faults.add(rank, error);
      });
    }
    options.signal?.addEventListener('abort', this.interrupt);
    if (options.signal?.aborted) this.interrupt();
  }

  static async start(options: ProcessOptions): Promise<Processes> {
    options.signal?.throwIfAborted();
    return new Processes(options, await socketsIn(options.folder));
  }

  /** Dials the parties. When that fails, nobody is waited for any more, and no process is left. */
  async connect<T>(dial: (meeting: Meeting) => Promise<T>): Promise<T> {
    const { runId, addresses } = this;
    const dialling = new AbortController();
    try {
      return await this.orCause(dial({ runId, addresses, signal: dialling.signal }));
    } catch (error) {
      dialling.abort(FAILED()); // nobody will answer any more
      await this.stop(undefined);
      throw error;
    }
  }

  /** What the work gives; or else why it failed. */
  async orCause<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.options;
    work.catch((error) => this.faults.notice(error));
    try {
      return await Promise.race([work, this.faults.first]);
    } catch {
      signal?.throwIfAborted();
      throw await this.faults.cause(signal);
    }
  }

  /** Ends the parties: in order, or at once when something has failed. */
  stop(links: Links | undefined): Promise<void> {
    return (this.stopping ??= this.end(links));
  }

  private async end(links: Links | undefined): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.interrupt);
    const ended = Promise.all(this.children.map((child) => child.ended));
    if (this.faults.raised) links?.destroy(FAILED());
    else if (links) {
      const closed = links.close().catch(() => {});
      const farewell = 2 * (this.options.network?.rttMs ?? 0);
      if (await within(Promise.all([closed, ended]), GRACE + farewell)) return;
    }
    for (const child of this.children) child.kill('SIGTERM');
    if (await within(ended, LAST_GRACE)) return;
    for (const child of this.children) child.kill('SIGKILL');
    await within(ended, LAST_GRACE);
  }

  private readonly interrupt = (): void => this.faults.interrupt();

  private startParty(role: Role): Child {
    const { folder, threads, network, program, args } = this.options;
    return startChild({
      role,
      args: [
        ...['party', '--role', String(role), '--run', this.runId, '--sockets', folder],
        ...(threads ? ['--threads', String(threads)] : []),
        ...(network ? ['--network', network.name] : []),
        ...(args?.(role) ?? []),
      ],
      hear: (event) => this.hear(role, event),
      ...(program ? { program } : {}),
    });
  }

  private hear(role: Role, event: PartyEvent): void {
    if ('progress' in event && role === 1) this.options.onProgress?.(event.progress);
    if ('error' in event && !this.stopping) {
      const { rank, error } = errorOf(role, event.error);
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

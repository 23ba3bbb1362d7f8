import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { PumaError } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import { projectRoot } from '../loaders/registry.ts';
import type { Model } from '../models/model.ts';
import { localAddresses } from '../transport/address.ts';
import { type Answer, Client, type Query } from './client.ts';

export type LaunchOptions = {
  /** Where party 0, 1 and 2 find their share folders. */
  folders: readonly [string, string, string];
  model: Model;
  tableBits: number;
  kernels: Kernels;
  threads?: number;
  revealLayers?: boolean;
  /** Called as evaluator 1 computes each value that the model names. */
  onProgress?(name: string): void;
  signal?: AbortSignal;
};

/** What a party process writes on its standard output, a JSON object a line. */
export type PartyEvent =
  | { progress: string }
  | { error: { code: string; message: string; hint?: string; exitCode: 1 | 2 } };

type Child = ResultPromise<{ stdin: 'pipe'; stdout: 'pipe'; stderr: 'pipe'; reject: false }>;

/** How long the parties may take to end by themselves, and how long to look for the first cause of a failure, in ms. */
const GRACE = 1000;
const LOOK = 200;

/**
 * Three party processes on this machine and the client's links to them. Whatever happens, stop() leaves no process, socket or file.
 */
export class LocalParties {
  private readonly causes: PumaError[] = [];
  private stopping = false;
  private fail: (error: Error) => void = () => {};
  /** Rejects as soon as a party fails. */
  private readonly failed = new Promise<never>((_, reject) => {
    this.fail = reject;
  });
  client!: Client;

  private constructor(
    private readonly options: LaunchOptions,
    private readonly folder: string,
    private readonly children: Child[],
  ) {
    this.failed.catch(() => {});
    children.forEach((child, role) => this.watch(child, role));
    const { signal } = options;
    const interrupt = () => this.fail(signal!.reason as Error);
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });
  }

  /** Starts the parties and waits until they are ready. Throws the first cause when one of them is not. */
  static async start(options: LaunchOptions): Promise<LocalParties> {
    const folder = await mkdtemp(join(tmpdir(), 'puma-'));
    const runId = randomBytes(16).toString('hex');
    const parties = new LocalParties(
      options,
      folder,
      options.folders.map((shares, role) => spawn(role, shares, folder, runId, options)),
    );
    try {
      const { kernels, model, tableBits } = options;
      const addresses = await localAddresses(folder);
      parties.client = await parties.orFailure(Client.connect({ kernels, model, tableBits, runId, addresses }));
      return parties;
    } catch (error) {
      await parties.stop(error as Error);
      throw error;
    }
  }

  infer(query: Query): Promise<Answer> {
    return this.orFailure(this.client.infer(query));
  }

  /** Ends the parties, in order or at once when there is a reason, and removes their folder. */
  async stop(reason?: Error): Promise<void> {
    this.stopping = true;
    if (reason) this.client?.destroy(reason);
    else await this.client.close().catch(() => {});
    const ended = Promise.all(this.children);
    for (const wait of [reason ? 0 : GRACE, GRACE / 2, GRACE]) {
      if (await within(ended, wait)) break;
      for (const child of this.children) child.kill(wait === GRACE / 2 ? 'SIGKILL' : 'SIGTERM');
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The result, or the first cause of failure among the parties. */
  private async orFailure<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.failed]);
    } catch (error) {
      if (!this.options.signal?.aborted)
        await within(
          this.failed.catch(() => {}),
          2 * LOOK,
        );
      throw this.options.signal?.aborted ? this.options.signal.reason : (this.firstCause() ?? error);
    }
  }

  private watch(child: Child, role: number): void {
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.hear(JSON.parse(line) as PartyEvent, role);
    });
    child.then((result) => {
      if (this.stopping) return;
      if (result.signal)
        this.causes.unshift(new PumaError('E_PARTY', `party ${role} was killed (${result.signal})`, undefined, 1));
      else if (this.causes.length === 0) this.causes.push(died(role, result.exitCode, String(result.stderr)));
      setTimeout(() => this.fail(this.firstCause()!), LOOK);
    });
  }

  private hear(event: PartyEvent, role: number): void {
    if ('progress' in event) {
      if (role === 1) this.options.onProgress?.(event.progress);
      return;
    }
    const { code, message, hint, exitCode } = event.error;
    this.causes.push(new PumaError(code, code === 'E_PEER' ? message : `party ${role}: ${message}`, hint, exitCode));
  }

  /** A party that was killed, else one with a reason of its own, else one that only lost another. */
  private firstCause(): PumaError | undefined {
    return (
      this.causes.find((cause) => cause.code === 'E_PARTY') ??
      this.causes.find((cause) => cause.code !== 'E_PEER') ??
      this.causes[0]
    );
  }
}

function spawn(role: number, shares: string, folder: string, runId: string, options: LaunchOptions): Child {
  const args = ['party', '--role', String(role), '--shares', shares, '--sockets', folder, '--run', runId];
  if (options.threads) args.push('--threads', String(options.threads));
  if (options.revealLayers) args.push('--reveal-layers');
  return execa(process.execPath, [join(projectRoot(), 'bin', 'puma.js'), ...args], {
    stdin: 'pipe', // its end tells the party that we are gone
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: { stdout: false },
    reject: false,
  }) as Child;
}

function died(role: number, exitCode: number | undefined, stderr: string): PumaError {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return new PumaError(
    'E_PARTY',
    `party ${role} ended early (exit code ${exitCode})${last && `: ${last}`}`,
    undefined,
    1,
  );
}

/** Whether the promise settles within so many ms. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

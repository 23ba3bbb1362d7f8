import { join } from 'node:path';
import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { partyFolder } from '../shares/index.ts';
import { type Answer, Client } from './client.ts';
import { Processes, type ProcessOptions } from './processes.ts';

export type LaunchOptions = Omit<ProcessOptions, 'args'> & {
  /** Where the folders party0, party1 and party2 are. */
  shares: string;
  model: Model;
  /** Of the ring that the shared tables are in, in bits. */
  tableBits: number;
  kernels: Kernels;
  /** Let the client have every layer. */
  revealLayers?: boolean;
};

/** Three parties of a model on this machine, and the client's links to them. */
export class LocalParties {
  private constructor(
    private readonly processes: Processes,
    readonly client: Client,
  ) {}

  /** Starts the parties and waits until they are ready. Throws why they are not; then no process is left. */
  static async start(options: LaunchOptions): Promise<LocalParties> {
    const { kernels, model, tableBits, network, shares, revealLayers = false, ...common } = options;
    const processes = await Processes.start({
      ...{ ...common, network },
      args: (role) => ['--shares', join(shares, partyFolder(role)), ...(revealLayers ? ['--reveal-layers'] : [])],
    });
    const client = await processes.connect((meeting) =>
      Client.connect({ kernels, model, tableBits, ...meeting, ...(network ? { network } : {}) }),
    );
    return new LocalParties(processes, client);
  }

  infer(query: Query): Promise<Answer> {
    return this.processes.orCause(this.client.infer(query));
  }

  /** Several texts at once, which share rounds. */
  inferAll(queries: readonly Query[]): ReturnType<Client['inferAll']> {
    return this.processes.orCause(this.client.inferAll(queries));
  }

  /** Ends the parties: in order, or at once when something has failed. */
  stop(): Promise<void> {
    return this.processes.stop(this.client);
  }
}

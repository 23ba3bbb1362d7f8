import { PumaError } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { receiveOutput, sendInput } from '../mpc/client.ts';
import { SITE_KINDS, type SiteKind } from '../rings/schema.ts';
import type { Addresses } from '../transport/address.ts';
import type { Link } from '../transport/link.ts';
import { type Mesh, openMesh } from '../transport/mesh.ts';
import type { Network } from '../transport/shaped.ts';
import { maskSpec, openedLabel, rowsSpec } from './job.ts';
import {
  DONE,
  type Job,
  label,
  MAX_TEXTS,
  type OpenedValue,
  RANGE_COUNTS,
  Ready,
  Report,
  receiveJson,
  sendJson,
} from './messages.ts';

export type ClientOptions = {
  kernels: Kernels;
  model: Model;
  /** Of the ring that the shared tables are in: manifest.ring.table.bits. */
  tableBits: number;
};

type Meeting = { runId: string; addresses: Addresses; network?: Network; signal?: AbortSignal };

export type OpenedTensor = { name: string; rows: number; cols: number; data: Float64Array };

/** Of one text. */
export type Shown = {
  /** The pooled output, logits (of every token, one row after the other), or the id of the next token. */
  output: Float64Array;
  layers: OpenedTensor[];
  /** Where values left their range, when that was checked. */
  left?: Overflow[];
};

/** Values of a kind of site left their range: so many sums of them did. */
export type Overflow = { kind: SiteKind; count: number };

/** What texts that were asked together took. */
export type Took = {
  rounds: number;
  seconds: number;
  /** By party 0, 1, 2. */
  reports: Report[];
};

export type Answer = Shown & Took;

/** The client's side of a run: shares inputs with three parties, and is the only one who sees answers. */
export class Client {
  private jobs = 0;

  private constructor(
    private readonly options: ClientOptions,
    private readonly mesh: Mesh,
    private readonly links: readonly Link[],
    readonly parties: readonly Ready[],
  ) {}

  /** Dials the three parties, until the signal says stop, and waits until each is ready. */
  static async connect({ runId, addresses, network, signal, ...options }: ClientOptions & Meeting): Promise<Client> {
    const link = network ? { network } : {};
    return Client.meet(
      options,
      await openMesh({ me: 'client', runId, addresses, link, ...(signal ? { signal } : {}) }),
    );
  }

  /** Waits until the parties at these links have loaded their weights. */
  static async meet(options: ClientOptions, mesh: Mesh): Promise<Client> {
    const links = ([0, 1, 2] as const).map((i) => mesh.links.get(i)!);
    try {
      const parties = await Promise.all(links.map((link) => receiveJson(link, label('ready'), Ready)));
      return new Client(options, mesh, links, parties);
    } catch (error) {
      for (const link of links) link.destroy(error as Error);
      throw error;
    }
  }

  async infer(query: Query): Promise<Answer> {
    const { texts, ...took } = await this.inferAll([query]);
    return { ...texts[0]!, ...took };
  }

  /**
   * Several texts at once, MAX_TEXTS at most: they share rounds, and each takes the bytes it would take alone. What is revealed is the same
   * for all of them; none goes on where an earlier one ended.
   */
  async inferAll(queries: readonly Query[]): Promise<{ texts: Shown[] } & Took> {
    const { kernels, model, tableBits } = this.options;
    const start = performance.now();
    const first = queries[0];
    if (!first || queries.length > MAX_TEXTS) {
      throw new PumaError('E_TEXT', `${queries.length} texts are asked at once; a session takes 1 to ${MAX_TEXTS}`);
    }
    const job: Job = {
      number: this.jobs++,
      texts: queries.map(({ ids, from = 0, mask }) => ({ tokens: ids.length, from, padded: mask !== undefined })),
      reveal: first.reveal ?? model.head.reveals.usual,
      layers: first.layers ?? false,
      check: first.check ?? false,
    };
    for (const link of this.links) sendJson(link, label('job', job.number), job);
    for (const [t, query] of queries.entries()) {
      sendInput(kernels, this.links, rowsSpec(job, t, model, tableBits), hotLanes(model, query));
      if (query.mask) sendInput(kernels, this.links, maskSpec(job, t), BigUint64Array.from(query.mask, BigInt));
    }
    const reports = await Promise.all(this.links.map((link) => receiveJson(link, label('report', job.number), Report)));
    const texts = await Promise.all(reports[1]!.opened.map((opened, t) => this.shown(job.number, t, opened)));
    return { texts, rounds: reports[1]!.rounds, seconds: (performance.now() - start) / 1000, reports };
  }

  private async shown(job: number, t: number, opened: readonly OpenedValue[]): Promise<Shown> {
    const values = opened.map(async ({ name, rows, cols, bits, frac }, i) => {
      const spec = { label: openedLabel(job, t, i), shape: [rows, cols], bits, frac };
      return { name, rows, cols, data: await receiveOutput(this.options.kernels, this.links, spec) };
    });
    const layers = await Promise.all(values);
    const output = layers.pop()!.data;
    const counts = layers.findIndex(({ name }) => name === RANGE_COUNTS);
    if (counts < 0) return { output, layers };
    return { output, layers: layers.toSpliced(counts, 1), left: leftOf(layers[counts]!.data) };
  }

  /** Ends the run in order: the parties stop when they read it. */
  async close(): Promise<void> {
    for (const link of this.links) sendJson(link, DONE, {});
    await this.mesh.close();
  }

  destroy(reason: Error): void {
    for (const link of this.links) link.destroy(reason);
  }
}

/** The input rows as integers. [n, rowWidth] */
function hotLanes(model: Model, { ids, types, from = 0, position = from }: Query): BigUint64Array {
  const { width, hot } = model.hotRows(ids, types, position);
  const out = new BigUint64Array(ids.length * width);
  hot.forEach((ones, i) => {
    for (const j of ones) out[i * width + j]! += 1n;
  });
  return out;
}

const leftOf = (counts: Float64Array): Overflow[] =>
  SITE_KINDS.map((kind, i) => ({ kind, count: counts[i]! })).filter(({ count }) => count !== 0);

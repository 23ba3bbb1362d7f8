import { PumaError } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { DealerShares, EvaluatorShares } from '../loaders/shares.ts';
import type { Model } from '../models/model.ts';
import { receiveInput, reveal } from '../mpc/client.ts';
import { rescale } from '../mpc/truncate.ts';
import { SecureOps, type SharedWeights } from '../ops/secure.ts';
import { REVEALED } from '../ops/secure-rings.ts';
import { additive, colsOf, rowsOf, type Secure } from '../ops/secure-values.ts';
import { agreeSeeds } from '../party/agree.ts';
import { Party, type Session } from '../party/party.ts';
import type { Link, Traffic } from '../transport/link.ts';
import { DONE, Job, label, type Report, receiveJson, sendJson } from './messages.ts';
import { loadWeights } from './weights.ts';

export type PartyOptions = {
  kernels: Kernels;
  model: Model;
  shares: DealerShares | EvaluatorShares;
  runId: string;
  /** To party 0, 1, 2; the own entry is missing. */
  links: readonly (Link | undefined)[];
  client: Link;
  /** Whether jobs may open every layer to the client. */
  allowLayers: boolean;
  /** Called with the name of each value the model names, as it is computed. */
  onProgress?(name: string): void;
  /** Called as weights are loaded, with the share of 1 that is done. */
  onLoad?(done: number): void;
};

/** Serves one client until it is done: agrees on seeds, loads the weights, runs jobs. */
export async function serveParty(options: PartyOptions): Promise<void> {
  const { kernels, shares, runId, links, client } = options;
  const { role, manifest, digest } = shares;
  const keys = shares.role === 0 ? [undefined, ...shares.keys] : [shares.key];
  const seeds = await agreeSeeds({ role, runId, digest, keys, links });
  const weights = await loadWeights(kernels, shares, options.onLoad);
  const session: Session = {
    role,
    kernels,
    seeds,
    links,
    meter: { dealt: 0, online: 0, messages: 0 },
    tables: new Map(),
  };
  const traffic = () => trafficOf(links, client);
  sendJson(client, label('ready'), { role, pid: process.pid, digest, simd: kernels.simd });
  const party = new Party(session);
  let before = traffic();
  const done = client.receive(DONE).then(() => undefined);
  done.catch(() => {}); // a dead client is noticed by whoever waits for the next job
  for (let number = 0; ; number++) {
    const job = await Promise.race([receiveJson(client, label('job', number), Job), done]);
    if (!job) return;
    checkJob(job, options);
    party.rounds = 0;
    const run = new JobRun(options, party, weights, job, manifest.ring);
    await run.run();
    const after = traffic();
    sendJson(client, label('report', job.number), run.report(before, after));
    before = traffic(); // the report itself is nobody's inference
  }
}

/** Refuses what the client must not ask. */
function checkJob({ layers, tokens }: Job, { allowLayers, model }: PartyOptions): void {
  if (layers && !allowLayers) {
    throw new PumaError(
      'E_REVEAL',
      'the client asks for every layer, which this party was not started to open',
      'Start the parties with --reveal-layers.',
    );
  }
  if (tokens > model.maxTokens) {
    throw new PumaError('E_LENGTH', `the client sends ${tokens} tokens; the model takes ${model.maxTokens}`);
  }
}

/** One inference at one party. */
class JobRun {
  private readonly opened: Report['opened'] = [];

  constructor(
    private readonly options: PartyOptions,
    private readonly party: Party,
    private readonly weights: SharedWeights,
    private readonly job: Job,
    private readonly ring: {
      bits: number;
      fractionBits: number;
      linear: { bits: number; input: number; weight: number };
      table: { bits: number };
    },
  ) {}

  async run(): Promise<void> {
    const { job, party, ring, weights } = this;
    const { client, model, onProgress } = this.options;
    const rows = await receiveInput(party, client, rowsSpec(job, model, ring.table.bits));
    const mask = job.padded ? await receiveInput(party, client, maskSpec(job)) : undefined;
    party.rounds += 1; // the client's shares are the first message of the chain
    const onTap = async (at: Party, name: string, x: Secure) => {
      if (party.role !== 0) onProgress?.(name);
      if (job.layers && name !== 'logits') await this.open(at, name, x);
    };
    const ops = new SecureOps(party, { ring, weights, onTap });
    const out = await model.forward<Secure>(ops, { tokens: job.tokens, rows, ...(mask ? { mask } : {}) });
    await this.open(party, 'output', out);
  }

  private async open(party: Party, name: string, x: Secure): Promise<void> {
    const value = await rescale(party, additive(party, x), REVEALED);
    reveal(party, this.options.client, openedLabel(this.job.number, this.opened.length), value);
    this.opened.push({ name, rows: rowsOf(x), cols: colsOf(x), ...REVEALED });
  }

  /** Of the bytes between two counts. */
  report(before: Counts, after: Counts): Report {
    const traffic = Object.fromEntries(
      Object.entries(after).map(([end, { sent, received }]) => [
        end,
        { sent: sent - before[end]!.sent, received: received - before[end]!.received },
      ]),
    );
    return {
      rounds: this.party.rounds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      traffic,
      opened: this.opened,
    };
  }
}

type Counts = Record<string, Traffic>;

/** Bytes on each link so far, by 0, 1, 2, client. */
function trafficOf(links: readonly (Link | undefined)[], client: Link): Counts {
  const ends: [string, Link | undefined][] = [
    ...links.map((link, i): [string, Link | undefined] => [String(i), link]),
    ['client', client],
  ];
  return Object.fromEntries(ends.flatMap(([end, link]) => (link ? [[end, { ...link.traffic }]] : [])));
}

/** The client's one-hot rows: integers, in the ring of the tables they are multiplied by. */
export const rowsSpec = (job: Pick<Job, 'number' | 'tokens'>, model: Model, bits: number) => ({
  label: label('rows', job.number),
  shape: [job.tokens, model.rowWidth],
  bits,
  frac: 0,
});

/** The client's mask: 1 for a token, 0 for padding. */
export const maskSpec = (job: Pick<Job, 'number' | 'tokens'>) => ({
  label: label('mask', job.number),
  shape: [1, job.tokens],
  bits: 32,
  frac: 0,
});

/** Of the i-th value that a job opens. */
export const openedLabel = (job: number, i: number) => label(`open${i}`, job);

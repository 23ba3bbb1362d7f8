import type { Kernels } from '../kernels/index.ts';
import { type Model, newPast } from '../models/model.ts';
import type { Secure } from '../ops/secure-values.ts';
import { agreeSeeds } from '../party/agree.ts';
import { Party } from '../party/party.ts';
import type { Session } from '../party/session.ts';
import { Spending } from '../party/spending.ts';
import type { DealerShares, EvaluatorShares } from '../shares/index.ts';
import type { Buffers } from '../transport/buffers.ts';
import type { Link, Traffic } from '../transport/link.ts';
import { kindEntries } from '../work/kinds.ts';
import { goBack } from './go-back.ts';
import { checkJob, type JobContext, type Permission, runJob } from './job.ts';
import { peakRss } from './memory.ts';
import { DONE, Job, label, type Report, receiveJson, sendJson } from './messages.ts';
import { openWeights } from './weights.ts';

export type PartyOptions = {
  kernels: Kernels;
  model: Model;
  shares: DealerShares | EvaluatorShares;
  runId: string;
  /** To party 0, 1, 2; the own entry is missing. */
  links: readonly (Link | undefined)[];
  client: Link;
  /** Memory that the links take from. */
  buffers: Buffers;
  /** Whether jobs may open every layer to the client. */
  allowLayers: boolean;
  /** Called with the name of each value the model names, as it is computed. */
  onProgress?(name: string): void;
};

/** Serves one client until it is done: agrees on seeds, runs jobs. */
export async function serveParty(options: PartyOptions): Promise<void> {
  const { kernels, model, shares, runId, links, client, buffers, allowLayers, onProgress } = options;
  const { role, manifest, digest } = shares;
  const keys = shares.role === 0 ? [undefined, ...shares.keys] : [shares.key];
  const seeds = await agreeSeeds({ role, runId, digest, keys, links });
  const lasting = { meter: { dealt: 0, online: 0, messages: 0 }, tables: new Map(), spending: new Spending() };
  const session: Session = { role, kernels, seeds, links, buffers, ...lasting };
  sendJson(client, label('ready'), { role, pid: process.pid, digest, simd: kernels.simd });
  await serveJobs({
    session,
    client,
    model,
    ring: manifest.ring,
    weights: openWeights(kernels, shares, manifest.tensors),
    allowed: { layers: allowLayers, logits: allowLayers || manifest.reveal === 'logits' },
    ...(onProgress ? { onProgress } : {}),
  });
}

export type JobsOptions = Omit<JobContext, 'party' | 'past'> & { session: Session; allowed: Permission };

/** Runs the client's jobs, one after the other, until it says that it is done. */
export async function serveJobs({ session, allowed, ...common }: JobsOptions): Promise<void> {
  const { client, model } = common;
  const party = new Party(session);
  let past = newPast<Secure>(model);
  const traffic = () => trafficOf(session.links, client);
  let before = traffic();
  const done = client.receive(DONE).then(() => undefined);
  done.catch(() => {}); // a dead client is noticed by whoever waits for the next job
  for (let number = 0; ; number++) {
    const job = await Promise.race([receiveJson(client, label('job', number), Job), done]);
    if (!job) return;
    checkJob(job, model, allowed, past[0]!.rows);
    const { from } = job.texts[0]!;
    if (from === 0) past = newPast(model);
    goBack(party, past, from);
    party.restart();
    const opened = await runJob({ party, past, ...common }, job);
    const spent = spentBy(party);
    const report = { rounds: party.rounds, peakRssBytes: peakRss(), traffic: since(before, traffic()), spent, opened };
    sendJson(client, label('report', job.number), report);
    before = traffic(); // the report itself is nobody's inference
  }
}

/** Time, bytes and rounds by kind of work. */
function spentBy({ session, roundsBy }: Party): Report['spent'] {
  const spent = session.spending?.take() ?? {};
  const kinds = new Set([...kindEntries(spent).map(([kind]) => kind), ...roundsBy.keys()]);
  return Object.fromEntries(
    [...kinds].map((kind) => [kind, { seconds: 0, sent: 0, ...spent[kind], rounds: roundsBy.get(kind) ?? 0 }]),
  );
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

/** The bytes between two counts. */
function since(before: Counts, after: Counts): Counts {
  const between = ([end, { sent, received }]: [string, Traffic]) => [
    end,
    { sent: sent - before[end]!.sent, received: received - before[end]!.received },
  ];
  return Object.fromEntries(Object.entries(after).map(between));
}

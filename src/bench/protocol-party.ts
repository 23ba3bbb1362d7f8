/** A party that runs single protocols, and what it and whoever measures tell each other. */
import { z } from 'zod';
import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import { Masked } from '../mpc/values.ts';
import { agreeSeeds } from '../party/agree.ts';
import { Party } from '../party/party.ts';
import type { Session } from '../party/session.ts';
import { DONE, label, type Ready, receiveJson, sendJson } from '../runtime/messages.ts';
import type { Role } from '../transport/address.ts';
import type { Buffers } from '../transport/buffers.ts';
import type { Link } from '../transport/link.ts';
import { elementsOf, PROTOCOLS, partOf } from './protocols.ts';

/** Client -> party: make the inputs of a protocol. */
export const ProtocolJob = z.strictObject({ protocol: z.string(), elements: z.int().min(1), repeats: z.int().min(1) });
export type ProtocolJob = z.infer<typeof ProtocolJob>;

/** Party -> client: ready to go, and done; seconds are from then on, bytes those this party sent to the other two. */
export const Nothing = z.strictObject({});
export const ProtocolReport = z.strictObject({ seconds: z.number(), rounds: z.int(), sent: z.int() });
export type ProtocolReport = z.infer<typeof ProtocolReport>;

export type ProtocolPartyOptions = {
  role: Role;
  runId: string;
  kernels: Kernels;
  links: readonly (Link | undefined)[];
  client: Link;
  /** Memory that the links take from. */
  buffers: Buffers;
};

/** No shares here: all parties agree on none. */
const NO_DIGEST = '00'.repeat(32);

/** Serves until the client is done. */
export async function serveProtocols(options: ProtocolPartyOptions): Promise<void> {
  const { role, runId, kernels, links, client, buffers } = options;
  const seeds = await agreeSeeds({ role, runId, digest: NO_DIGEST, keys: [], links });
  const meter = { dealt: 0, online: 0, messages: 0 };
  const session: Session = { role, kernels, seeds, links, buffers, meter, tables: new Map() };
  const ready: Ready = { role, pid: process.pid, digest: NO_DIGEST, simd: kernels.simd };
  sendJson(client, label('ready'), ready);
  const party = new Party(session);
  const done = client.receive(DONE).then(() => undefined);
  done.catch(() => {}); // whoever waits for the next job hears of it
  for (let number = 0, run = 0; ; number++) {
    const job = await Promise.race([receiveJson(client, label('job', number), ProtocolJob), done]);
    if (!job) return;
    run = await runRepeats(party, client, job, run);
  }
}

/** Runs one protocol several times, each when the client says so. -> the number of the next run */
async function runRepeats(party: Party, client: Link, job: ProtocolJob, first: number): Promise<number> {
  const protocol = PROTOCOLS.find(({ name }) => name === job.protocol);
  ensure(protocol, `no protocol ${job.protocol}`);
  const inputs = protocol.inputs(elementsOf(protocol, job.elements)).map((input, i) => partOf(party, i, input));
  for (let run = first; run < first + job.repeats; run++) {
    sendJson(client, label('set', run), {});
    await receiveJson(client, label('go', run), Nothing);
    const before = sentBy(party);
    party.restart();
    const began = performance.now();
    await party.scope((inner) => protocol.run(inner, ...inputs.map(afresh)));
    const seconds = (performance.now() - began) / 1000;
    const report: ProtocolReport = { seconds, rounds: party.rounds, sent: sentBy(party) - before };
    sendJson(client, label('report', run), report);
  }
  return first + job.repeats;
}

/** Without what an earlier run has derived. */
const afresh = ({ shape, bits, frac, first, second }: Masked): Masked => new Masked(shape, bits, frac, first, second);

const sentBy = ({ session }: Party): number => session.links.reduce((n, link) => n + (link?.traffic.sent ?? 0), 0);

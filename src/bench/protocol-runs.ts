/** Protocols measured at three processes on this machine. */
import { withTempFolder } from '../files/temp.ts';
import { DONE, label, Ready, receiveJson, sendJson } from '../runtime/messages.ts';
import { Processes } from '../runtime/processes.ts';
import type { Link } from '../transport/link.ts';
import { openMesh } from '../transport/mesh.ts';
import type { Network } from '../transport/shaped.ts';
import { type Measured, measured, type Watch } from './measure.ts';
import { Nothing, type ProtocolJob, ProtocolReport } from './protocol-party.ts';
import { elementsOf, PROTOCOLS, type Protocol } from './protocols.ts';
import type { Other } from './published.ts';

export type ProtocolResult = {
  name: string;
  elements: number;
  runs: number;
  /** From the word to begin, at the party that takes longest. */
  seconds: Measured;
  /** Between the parties, headers included. */
  bytes: { dealer: number; online: number };
  rounds: number;
  others: readonly Other[];
};

export type ProtocolOptions = Watch & {
  elements: number;
  threads: number;
  repeats: number;
  network?: Network | undefined;
};

/** Measures every protocol, one after the other. */
export async function benchProtocols(options: ProtocolOptions): Promise<ProtocolResult[]> {
  const { progress, signal } = options;
  return withParties(options, async (links) => {
    const step = progress('Protocols', PROTOCOLS.length);
    try {
      const out: ProtocolResult[] = [];
      for (const [number, protocol] of PROTOCOLS.entries()) {
        signal.throwIfAborted();
        step.to(number, protocol.name);
        out.push(await measure(links, protocol, number, options));
      }
      return out;
    } finally {
      step.end();
    }
  });
}

async function measure(
  links: readonly Link[],
  protocol: Protocol,
  number: number,
  { elements: asked, repeats }: ProtocolOptions,
): Promise<ProtocolResult> {
  const { name, others = [] } = protocol;
  const elements = elementsOf(protocol, asked);
  const job: ProtocolJob = { protocol: name, elements, repeats: repeats + 1 }; // one to warm up
  for (const link of links) sendJson(link, label('job', number), job);
  const times: number[] = [];
  let reports: ProtocolReport[] = [];
  for (let i = 0; i < job.repeats; i++) {
    const run = number * job.repeats + i;
    await Promise.all(links.map((link) => receiveJson(link, label('set', run), Nothing)));
    for (const link of links) sendJson(link, label('go', run), {});
    reports = await Promise.all(links.map((link) => receiveJson(link, label('report', run), ProtocolReport)));
    if (i > 0) times.push(Math.max(...reports.map(({ seconds }) => seconds)));
  }
  const [dealer, one, two] = reports.map(({ sent }) => sent) as [number, number, number];
  const { rounds } = reports[1]!;
  return {
    name,
    elements,
    runs: repeats,
    seconds: measured(times),
    bytes: { dealer, online: one + two },
    rounds,
    others,
  };
}

/** Three processes for the length of some work; none is left afterwards. What ends one of them early is the failure. */
async function withParties<T>(
  { threads, signal, network }: ProtocolOptions,
  work: (links: readonly Link[]) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  return withTempFolder(async (folder) => {
    const processes = await Processes.start({ folder, threads, network, signal });
    const mesh = await processes.connect((meeting) => openMesh({ me: 'client', ...meeting }));
    const links = ([0, 1, 2] as const).map((role) => mesh.links.get(role)!);
    const ready = () => Promise.all(links.map((link) => receiveJson(link, label('ready'), Ready)));
    try {
      return await processes.orCause(ready().then(() => work(links)));
    } finally {
      await processes.stop({
        async close() {
          for (const link of links) sendJson(link, DONE, {});
          await mesh.close();
        },
        destroy(reason) {
          for (const link of links) link.destroy(reason);
        },
      });
    }
  });
}

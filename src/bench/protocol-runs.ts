/** Protocols measured at three processes on this machine. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withTempFolder } from '../files/temp.ts';
import { type Child, startChild, told } from '../runtime/child.ts';
import { Faults } from '../runtime/faults.ts';
import { DONE, label, Ready, receiveJson, sendJson } from '../runtime/messages.ts';
import { localAddresses } from '../transport/address.ts';
import type { Link } from '../transport/link.ts';
import { type Mesh, openMesh } from '../transport/mesh.ts';
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

/** How long parties may take to end by themselves, in ms. */
const GRACE = 1000;

/** Three processes for the length of some work; none is left afterwards. What ends one of them early is the failure. */
async function withParties<T>(
  { threads, signal, network }: ProtocolOptions,
  work: (links: readonly Link[]) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  return withTempFolder(async (folder) => {
    const addresses = await localAddresses(folder);
    const runId = randomBytes(16).toString('hex');
    const faults = new Faults();
    const interrupt = () => faults.interrupt();
    signal.addEventListener('abort', interrupt);
    const args = [
      ...['--run', runId, '--sockets', folder, '--threads', String(threads)],
      ...(network ? ['--network', network.name] : []),
    ];
    const children = [0, 1, 2].map((role) => startParty(role, args, faults));
    let mesh: Mesh | undefined;
    try {
      const measuring = openMesh({ me: 'client', runId, addresses }).then(async (opened) => {
        mesh = opened;
        const links = ([0, 1, 2] as const).map((role) => opened.links.get(role)!);
        await Promise.all(links.map((link) => receiveJson(link, label('ready'), Ready)));
        return work(links);
      });
      measuring.catch((error) => faults.notice(error));
      return await Promise.race([measuring, faults.first]);
    } catch {
      signal.throwIfAborted();
      throw await faults.cause(signal);
    } finally {
      signal.removeEventListener('abort', interrupt);
      await end(mesh, children, faults.raised);
    }
  });
}

function startParty(role: number, args: readonly string[], faults: Faults): Child {
  const child = startChild({
    role,
    args: ['bench-party', '--role', String(role), ...args],
    hear: (event) => {
      if (!('error' in event)) return;
      const { rank, error } = told(role, event.error);
      faults.add(rank, error);
    },
  });
  child.ended.then(({ rank, error }) => faults.add(rank, error));
  return child;
}

async function end(mesh: Mesh | undefined, children: readonly Child[], failed: boolean): Promise<void> {
  const ended = Promise.all(children.map((child) => child.ended));
  if (failed) for (const link of mesh?.links.values() ?? []) link.destroy(new Error('the run has failed'));
  else {
    for (const link of mesh?.links.values() ?? []) sendJson(link, DONE, {});
    await mesh?.close().catch(() => {});
    await Promise.race([ended, sleep(GRACE, undefined, { ref: false })]);
  }
  for (const child of children) child.kill('SIGKILL');
  await Promise.race([ended, sleep(GRACE, undefined, { ref: false })]);
}

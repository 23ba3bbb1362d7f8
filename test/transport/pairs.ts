/** Two linked ends, however they are linked: one suite for every kind. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type ListenOptions, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkOptions } from '../../src/transport/endpoint.ts';
import type { Label, Link } from '../../src/transport/link.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Network } from '../../src/transport/shaped.ts';
import { SocketLink, type SocketOptions } from '../../src/transport/socket.ts';

/** A label per name and number. */
export const label = (name: string, index = 0): Label => `${name.padEnd(6, '.')}${String(index).padStart(6, '0')}`;

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** The next turn of the event loop, a few times: long enough for what is under way in one process. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until the condition holds; the test's own limit is the only clock. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A folder of its own for a test, and its removal. */
export async function scratch(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'puma-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Both ends of one connection: UNIX by default, TCP loopback if asked. */
export async function socketEnds(kind: 'unix' | 'tcp' = 'unix'): Promise<[Socket, Socket]> {
  const place = await scratch();
  const server = createServer();
  const options: ListenOptions = kind === 'tcp' ? { host: '127.0.0.1', port: 0 } : { path: join(place.folder, 's') };
  await once(server.listen(options), 'listening');
  const address = server.address()!;
  const dialed = typeof address === 'string' ? connect(address) : connect(address.port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(dialed, 'connect')]);
  server.close();
  await place.remove();
  return [dialed, accepted];
}

export async function socketPair(
  options: SocketOptions = {},
  kind: 'unix' | 'tcp' = 'unix',
): Promise<[SocketLink, SocketLink]> {
  const [a, b] = await socketEnds(kind);
  return [new SocketLink(a, 'party 2', options), new SocketLink(b, 'party 1', options)];
}

/** A network that a test can wait for. */
export const QUICK: Network = { name: '1ms,2Gbit', rttMs: 1, bitsPerSecond: 2e9 };

/** The ends of party 1 and party 2, in this order. */
export type Pair = (options?: LinkOptions) => Promise<[Link, Link]>;

export const KINDS: readonly [string, Pair][] = [
  ['memory', async (options) => memoryPair('party 1', 'party 2', options)],
  ['UNIX socket', (options) => socketPair(options, 'unix')],
  ['TCP socket', (options) => socketPair(options, 'tcp')],
  ['shaped socket', (options) => socketPair({ ...options, network: QUICK })],
];

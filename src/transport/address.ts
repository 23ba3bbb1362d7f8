import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';

/** Where an end listens: a UNIX socket, or TCP. */
export type Address = { path: string } | { host: string; port: number };
export type Addresses = readonly [Address, Address, Address];

/** A party: 0 deals, 1 and 2 evaluate. */
export type Role = 0 | 1 | 2;

/** An end of a link: a party, or the client, who dials all three. */
export type End = Role | 'client';

/** What the strictest system leaves of a socket's path, in bytes of UTF-8. */
export const MAX_PATH_BYTES = 100;

export const nameOf = (role: End): string => (role === 'client' ? 'client' : `party ${role}`);

export const describe = (address: Address): string =>
  'path' in address ? address.path : `${address.host}:${address.port}`;

/** Throws E_ADDRESS if no system call could take this address. */
export function checkAddress(address: Address): void {
  if (!('path' in address)) {
    const { port } = address;
    if (Number.isInteger(port) && port > 0 && port < 65536) return;
    throw new PumaError('E_ADDRESS', `${describe(address)} has no port between 1 and 65535`);
  }
  const bytes = Buffer.byteLength(address.path);
  if (bytes <= MAX_PATH_BYTES) return;
  throw new PumaError(
    'E_ADDRESS',
    `the socket path ${address.path} has ${bytes} bytes; a socket's path may have ${MAX_PATH_BYTES}`,
    'choose a folder with a shorter path',
  );
}

/**
 * Addresses for three parties on this machine: sockets in the folder, which should be readable by its owner only; on
 * Windows, loopback ports that were free a moment ago.
 */
export async function localAddresses(folder: string, platform: string = process.platform): Promise<Addresses> {
  if (platform !== 'win32') {
    const socket = (party: number): Address => ({ path: join(folder, `party${party}.sock`) });
    return [socket(0), socket(1), socket(2)];
  }
  const servers: [Server, Server, Server] = [createServer(), createServer(), createServer()];
  const taken = (server: Server): Address => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  try {
    // All at once, so that they differ.
    await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
    return [taken(servers[0]), taken(servers[1]), taken(servers[2])];
  } finally {
    for (const server of servers) server.close();
  }
}

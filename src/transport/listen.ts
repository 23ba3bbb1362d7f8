import { once } from 'node:events';
import { chmod, lstat, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { PumaError } from '../errors.ts';
import { type Address, checkAddress, describe } from './address.ts';

export type Door = { close(): Promise<void> };

/** Listens until closed. Throws E_ADDRESS, with a hint, if the address is in use or cannot be had. */
export async function listen(address: Address, onConnection: (socket: Socket) => void): Promise<Door> {
  checkAddress(address);
  const server = createServer(onConnection);
  try {
    const release = 'path' in address ? await claimPath(server, address.path) : await bind(server, { ...address });
    // Later errors are connections that could not be accepted, for want of descriptors: their dialers try again.
    server.on('error', () => {});
    return {
      async close() {
        await release?.();
        server.close();
      },
    };
  } catch (error) {
    server.close();
    throw unavailable(address, error as NodeJS.ErrnoException);
  }
}

async function bind(server: Server, options: ListenOptions): Promise<void> {
  await once(server.listen({ ...options, exclusive: true }), 'listening');
}

/**
 * The socket is made in a private folder and moved to its place when its mode is right, so nobody can connect before
 * that; and Node, which removes a socket file by its first name, can never remove a file that took our place. The
 * move would overwrite: an empty file reserves the place first, and fails if it is taken.
 */
async function claimPath(server: Server, path: string): Promise<() => Promise<void>> {
  await writeFile(path, '', { flag: 'wx', mode: 0o600 });
  const own = { file: await identity(path) };
  const release = async () => {
    if ((await identity(path)) === own.file) await unlink(path);
  };
  const folder = await mkdtemp(join(dirname(path), '/')).catch(async (error) => {
    await release();
    throw error;
  });
  try {
    const socket = join(folder, 's');
    await bind(server, { path: socket });
    await chmod(socket, 0o600);
    const file = await identity(socket);
    await rename(socket, path);
    own.file = file;
  } catch (error) {
    await release();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return release;
}

/** Which file is there; undefined if none. Kept while we listen, an open socket's number is not given out again. */
async function identity(path: string): Promise<string | undefined> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}

function unavailable(address: Address, error: NodeJS.ErrnoException): PumaError {
  const where = describe(address);
  if (error.code === 'EEXIST')
    return new PumaError(
      'E_ADDRESS',
      `${where} is in use`,
      'if no Puma is running, an earlier one was killed: remove it',
    );
  if (error.code === 'EADDRINUSE')
    return new PumaError('E_ADDRESS', `${where} is in use`, 'choose another port, or stop who has it');
  if (error.code === 'ENOENT')
    return new PumaError('E_ADDRESS', `cannot listen at ${where}: there is no such folder`, 'create it first');
  return new PumaError('E_ADDRESS', `cannot listen at ${where}: ${error.message}`);
}

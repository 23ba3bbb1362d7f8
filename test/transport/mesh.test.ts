import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { type Address, type Addresses, type End, localAddresses, nameOf } from '../../src/transport/address.ts';
import { HELLO } from '../../src/transport/ending.ts';
import { encodeFrame } from '../../src/transport/frames.ts';
import { firstWord, helloFrame } from '../../src/transport/hello.ts';
import { Intake } from '../../src/transport/intake.ts';
import { listen } from '../../src/transport/listen.ts';
import { type Mesh, type MeshOptions, openMesh } from '../../src/transport/mesh.ts';
import { bytes, label, scratch } from './pairs.ts';

const ENDS: readonly End[] = [0, 1, 2, 'client'];
const runId = 'c0ffee';

let place: Awaited<ReturnType<typeof scratch>>;
let addresses: Addresses;

beforeEach(async () => {
  place = await scratch();
  addresses = await localAddresses(place.folder, 'linux');
});

afterEach(() => place.remove());

const open = (me: End, more: Partial<MeshOptions> = {}) => openMesh({ me, runId, addresses, ...more });
const pathOf = (party: 0 | 1 | 2): string => (addresses[party] as { path: string }).path;

function call(address: Address): Socket {
  return connect(address as { path: string }).on('error', () => {});
}

/** Calls until somebody listens. */
async function reach(address: Address): Promise<Socket> {
  for (;;) {
    const socket = call(address);
    const reached = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
    });
    if (reached) return socket;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function failure(promise: Promise<unknown>): Promise<PumaError> {
  const error = await promise.then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PumaError);
  return error;
}

/** Every end sends a byte to every other and gets theirs. */
async function exchange(meshes: Mesh[]): Promise<void> {
  const index = (role: End) => ENDS.indexOf(role);
  await Promise.all(
    meshes.map(async ({ links }, me) => {
      for (const [other, link] of links) link.send(label('m', 10 * me + index(other)), bytes(me));
      for (const [other, link] of links) {
        expect(await link.receive(label('m', 10 * index(other) + me))).toEqual(bytes(index(other)));
      }
    }),
  );
}

describe('four ends', () => {
  test('find each other by UNIX sockets, and leave no file behind even while they run', async () => {
    const meshes = await Promise.all(ENDS.map((me) => open(me)));
    expect(meshes.map(({ links }) => [...links.keys()])).toEqual([
      [1, 2, 'client'],
      [0, 2, 'client'],
      [0, 1, 'client'],
      [0, 1, 2],
    ]);
    for (const { links } of meshes) for (const [role, link] of links) expect(link.peer).toBe(nameOf(role));
    expect(await readdir(place.folder)).toEqual([]);
    await exchange(meshes);
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });

  test('find each other by TCP', async () => {
    addresses = await localAddresses(place.folder, 'win32');
    const meshes = await Promise.all(ENDS.map((me) => open(me)));
    await exchange(meshes);
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });

  test('may start in any order, long after one another; hellos are not counted', async () => {
    const late: Promise<Mesh>[] = [];
    for (const me of [...ENDS].reverse()) {
      late.push(open(me));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const meshes = await Promise.all(late);
    for (const { links } of meshes) for (const link of links.values()) expect(link.traffic.received).toBe(0);
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });
});

describe('one link', () => {
  test('that fails takes all others with it, so that no two ends wait for each other', async () => {
    const meshes = await Promise.all(ENDS.map((me) => open(me)));
    const [zero, one, two, client] = meshes as [Mesh, Mesh, Mesh, Mesh];
    const links = [zero.links.get(1)!, one.links.get(0)!, client.links.get(0)!];
    const waiting = links.map((link) => failure(link.receive(label('x'))));
    two.links.get('client')!.destroy(new Error('the disk is full'));
    for (const error of await Promise.all(waiting)) expect(error.message).toMatch(/party 2 stopped: the disk is full$/);
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });

  test('that is closed in order leaves the others alone', async () => {
    const meshes = await Promise.all(ENDS.map((me) => open(me)));
    const [zero, one] = meshes as [Mesh, Mesh];
    await meshes[3]!.close();
    zero.links.get(1)!.send(label('x'), bytes(1));
    expect(await one.links.get(0)!.receive(label('x'))).toEqual(bytes(1));
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });
});

describe('strangers', () => {
  /** Callers who must not stop a run, and what they say. */
  const callers: [string, (socket: Socket) => void][] = [
    ['says nothing', () => {}],
    ['hangs up', (socket) => socket.destroy()],
    ['speaks HTTP', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n')],
    ['starts a giant frame', (socket) => socket.write(bytes(255, 255, 255, 127))],
    ['dribbles', (socket) => socket.write(bytes(40, 0))],
    ['floods', (socket) => socket.write(new Uint8Array(10_000_000))],
    ['is of another run', (socket) => socket.write(helloFrame('beef', 2))],
    ['is of another version', (socket) => socket.write(encodeFrame(HELLO, Buffer.from(`puma/0 ${runId} 2`)))],
    ['is nobody', (socket) => socket.write(encodeFrame(HELLO, Buffer.from(`puma/1 ${runId} 7`)))],
    ['should not call here', (socket) => socket.write(helloFrame(runId, 0))],
  ];

  test.each(callers)('a caller who %s loses its connection and nothing else', async (_what, speak) => {
    const meeting = open(0, { helloMs: 100 });
    const stranger = await reach(addresses[0]);
    const closed = new Promise((resolve) => stranger.once('close', resolve));
    speak(stranger.resume());
    await closed;
    const meshes = await Promise.all([meeting, ...([1, 2, 'client'] as const).map((me) => open(me))]);
    await exchange(meshes);
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });

  test('the second end of the same name is turned away with a reason', async () => {
    const meeting = failure(open(0));
    const first = await shake(addresses[0], helloFrame(runId, 'client'));
    expect(first.word).toEqual({ hello: `puma/1 ${runId} 0` });
    const second = await shake(addresses[0], helloFrame(runId, 'client'));
    expect(second.word).toEqual({ refusal: 'client is here already' });
    first.socket.destroy();
    expect((await meeting).message).toBe('client hung up');
  });

  async function shake(address: Address, hello: Uint8Array) {
    const socket = await reach(address);
    socket.write(hello);
    return { socket, word: await firstWord(socket, Intake.of(socket)) };
  }
});

describe('wrong answers', () => {
  async function answering(reply: Uint8Array | string) {
    const server = createServer((socket) => void socket.on('error', () => {}).write(reply));
    await once(server.listen(pathOf(0)), 'listening');
    return server;
  }

  test.each([
    ['another program', 'SSH-2.0-OpenSSH\r\n', 'it does not speak our protocol'],
    ['another run', helloFrame('beef', 0), 'this is another run'],
    ['another version', encodeFrame(HELLO, Buffer.from('puma/9 x 0')), 'puma/1 is spoken here, not "puma/9"'],
    ['another party', helloFrame(runId, 1), 'it is party 1, not party 0: do all ends have the same addresses?'],
  ])('%s is not a party of this run', async (_what, reply, hint) => {
    const server = await answering(reply);
    const error = await failure(open(1));
    expect([error.code, error.message, error.hint]).toEqual([
      'E_PROTOCOL',
      `the process at ${pathOf(0)} is not a Puma party of this run`,
      hint,
    ]);
    server.close();
  });

  test('two runs on the same addresses: the caller hears why', async () => {
    const waiting = open(0, { deadlineMs: 800 });
    const error = await failure(open('client', { runId: 'beef' }));
    expect(error.message).toBe(`the process at ${pathOf(0)} is not a Puma party of this run`);
    expect(error.hint).toBe('it said: this is another run');
    const late = await failure(waiting);
    expect([late.message, late.hint, late.code]).toEqual([
      'no word from party 1 and party 2 and client within 0.8 s',
      'a caller was turned away: this is another run',
      'E_PEER',
    ]);
  });

  test('nobody there: who is missing, where, and why', async () => {
    const error = await failure(open('client', { deadlineMs: 100 }));
    expect(error.message).toBe('no word from party 0 and party 1 and party 2 within 0.1 s');
    expect(error.hint).toMatch(/^party \d at .*party\d\.sock: ENOENT$/);
    expect(error.exitCode).toBe(1);
  });

  test('one end’s failure to open ends the others at once, not at their deadline', async () => {
    const patient = [0, 1].map((me) => failure(open(me as End, { deadlineMs: 50_000 })));
    const hasty = await failure(open(2, { deadlineMs: 1000 }));
    expect(hasty.message).toBe('no word from client within 1 s');
    const messages = (await Promise.all(patient)).map((error) => error.message);
    expect(messages).toContain('party 2 stopped: no word from client within 1 s');
    expect(await readdir(place.folder)).toEqual([]);
  });
});

describe('addresses', () => {
  test('a UNIX socket is its owner’s alone', async () => {
    const door = await listen(addresses[0], (socket) => socket.destroy());
    expect((await stat(pathOf(0))).mode & 0o777).toBe(0o600);
    expect(await readdir(place.folder)).toEqual(['party0.sock']);
    await door.close();
    expect(await readdir(place.folder)).toEqual([]);
  });

  test('a UNIX address in use is refused, and its file stays', async () => {
    const door = await listen(addresses[0], () => {});
    const error = await failure(open(0));
    expect([error.code, error.exitCode, error.message]).toEqual(['E_ADDRESS', 2, `${pathOf(0)} is in use`]);
    expect(error.hint).toMatch(/remove it/);
    const socket = call(addresses[0]);
    await once(socket, 'connect');
    socket.destroy();
    await door.close();
  });

  test('a file that took our place is not removed', async () => {
    const door = await listen(addresses[0], () => {});
    await place.remove();
    await mkdir(place.folder);
    await writeFile(pathOf(0), 'somebody else’s');
    await door.close();
    expect(await readdir(place.folder)).toEqual(['party0.sock']);
  });

  test('a TCP address in use is refused', async () => {
    const [address] = await localAddresses('', 'win32');
    const door = await listen(address, () => {});
    const error = await failure(listen(address, () => {}));
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ is in use$/);
    await door.close();
  });

  test('paths that are too long for a socket are refused by every end, before anything is made', async () => {
    const folder = join(place.folder, randomBytes(60).toString('hex'));
    addresses = await localAddresses(folder, 'linux');
    for (const me of ENDS) {
      const error = await failure(open(me));
      expect(error.code).toBe('E_ADDRESS');
      expect(error.message).toMatch(/^the socket path .*party0\.sock has \d+ bytes; a socket's path may have 100$/);
    }
    expect(await readdir(place.folder)).toEqual([]);
  });

  test('the longest path allowed works', async () => {
    const path = join(place.folder, 'x'.repeat(99 - place.folder.length));
    expect(path.length).toBe(100);
    const door = await listen({ path }, (socket) => socket.destroy());
    const socket = call({ path });
    await once(socket, 'connect');
    socket.destroy();
    await door.close();
  });

  test('a missing folder, a forbidden one and a port out of range', async () => {
    addresses = await localAddresses(join(place.folder, 'none'), 'linux');
    expect((await failure(open(0))).message).toBe(`cannot listen at ${pathOf(0)}: there is no such folder`);
    expect((await failure(listen({ host: '127.0.0.1', port: 0 }, () => {}))).message).toBe(
      '127.0.0.1:0 has no port between 1 and 65535',
    );
    const locked = join(place.folder, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    if (process.getuid?.() === 0) return; // root may write anywhere
    expect((await failure(listen({ path: join(locked, 's') }, () => {}))).code).toBe('E_ADDRESS');
  });

  test('local addresses: sockets in the folder, or three free ports on Windows', async () => {
    expect(await localAddresses('/run/x', 'linux')).toEqual([0, 1, 2].map((i) => ({ path: `/run/x/party${i}.sock` })));
    const ports = (await localAddresses('/run/x', 'win32')).map((address) => (address as { port: number }).port);
    expect(new Set(ports).size).toBe(3);
  });
});

/** How fast this machine is at what a party does: measured in a fraction of a second. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { withTempFolder } from '../files/temp.ts';
import type { Loop, Rows } from '../kernels/dry.ts';
import type { Kernels, Lanes } from '../kernels/index.ts';
import { lanes } from '../party/random.ts';
import { label } from '../runtime/messages.ts';
import { localAddresses } from '../transport/address.ts';
import { SocketLink } from '../transport/socket.ts';

/** Seconds. */
export type Rates = {
  multiplyAdd: Record<Rows, number>;
  /** For an element of a loop. */
  lane: Record<Loop, number>;
  /** For a call of a kernel, however short. */
  call: number;
  /** For a message from one end to another, and for a byte of it. */
  message: number;
  byte: number;
  /** For a byte of shared weights to be checked, and to be read from what the system keeps of the file. */
  hash: number;
  read: number;
};

/** What one measurement may take, in ms. */
const LONG = 12;
/** And how often it is repeated at least. */
const LEAST = 5;
const LANES = 1 << 16;
const MiB = 1 << 20;

/** Measures with these kernels; products are those of the given ring. */
export async function measureRates(kernels: Kernels, bits: number): Promise<Rates> {
  const product = (m: number) => productTime(kernels, m, bits);
  const block = new Uint8Array(MiB);
  return {
    multiplyAdd: { one: product(1), few: product(8), many: product(32) },
    lane: laneTimes(kernels),
    call: callTime(kernels),
    ...(await linkTimes()),
    hash: fastest(() => createHash('sha256').update(block).digest()) / MiB,
    read: readTime(),
  };
}

/** Seconds of the fastest of several calls: what else runs on the machine makes them slower, never faster. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + LONG;
  for (let times = 0; times < LEAST || performance.now() < end; times++) {
    const began = performance.now();
    work();
    best = Math.min(best, performance.now() - began);
  }
  return best / 1000;
}

/** A product as large as a block of streamed weights, which stays in the cache. */
function productTime(kernels: Kernels, m: number, bits: number): number {
  const [n, k] = [128, 1024];
  const [out, a, b] = [lanes(m * n).fill(0n), lanes(m * k).fill(3n), lanes(n * k).fill(5n)];
  const shape = { batch: 1, m, n, k, transposeB: true, bits, accumulate: 1 } as const;
  return fastest(() => kernels.matmul(out, a, b, shape)) / (m * n * k);
}

/**
 * Loops write arrays that were not used for a while, as protocols do: they take most of their time for what is not in the cache. Weights,
 * which most of `prg` and `pack` are for in a large model, come in arrays that are used again and again.
 */
function laneTimes(kernels: Kernels): Record<Loop, number> {
  const [a, b] = [lanes(LANES).fill(3n), lanes(LANES).fill(5n)];
  const planes = lanes((LANES / 64) * 16);
  const [key, counter, packed] = [new Uint8Array(16), new Uint8Array(16), new Uint8Array(8 * LANES)];
  const table = new Int32Array(1 << 12);
  const room = lanes(64 * LANES).fill(0n);
  let at = 0;
  const cold = (n: number) => {
    if (at + n > room.length) at = 0;
    return room.subarray(at, (at += n));
  };
  const each = (work: () => void, elements = LANES) => fastest(work) / elements;
  return {
    ring: each(() => kernels.add(cold(LANES), a, b)),
    prg: each(() => kernels.prg(b, key, counter)),
    pack: each(() => kernels.unpack(b, packed, 52)),
    bits: each(() => kernels.planes(planes, a, 0, 16), 16 * LANES),
    protocol: each(() => kernels.cosines(cold(2 * LANES), a, table, 3, 1, 12), 2 * LANES),
  };
}

function callTime(kernels: Kernels): number {
  const a: Lanes = lanes(16).fill(3n);
  const calls = 100;
  return (
    fastest(() => {
      for (let i = 0; i < calls; i++) kernels.add(lanes(16), a, a);
    }) / calls
  );
}

/** Of a file that is certain to be in memory: the program that runs. */
function readTime(): number {
  const into = new Uint8Array(4 * MiB);
  const file = openSync(process.execPath, 'r');
  try {
    return fastest(() => readSync(file, into, 0, into.length, 0)) / into.length;
  } finally {
    closeSync(file);
  }
}

/** Of messages through a real socket, both ends in this process. */
async function linkTimes(): Promise<Pick<Rates, 'message' | 'byte'>> {
  const [one, two] = await withTempFolder(socketPair);
  const links = [new SocketLink(one, 'one end'), new SocketLink(two, 'the other')] as const;
  let number = 0;
  const send = async (bytes: Uint8Array) => {
    const began = performance.now();
    for (const [from, to] of [links, [links[1], links[0]] as const]) {
      const at = label('timing', number++);
      from.send(at, bytes);
      await to.receive(at);
    }
    return (performance.now() - began) / 2000;
  };
  const median = async (times: number, bytes: Uint8Array) => {
    const all: number[] = [];
    for (let i = 0; i < times; i++) all.push(await send(bytes));
    return all.sort((a, b) => a - b)[times >> 1]!;
  };
  const message = await median(200, new Uint8Array(64));
  const long = await median(9, new Uint8Array(MiB));
  await Promise.all(links.map((link) => link.close()));
  return { message, byte: Math.max(0, long - message) / MiB };
}

async function socketPair(folder: string): Promise<[Socket, Socket]> {
  const [address] = await localAddresses(folder);
  const server = createServer();
  await once(server.listen(address), 'listening');
  const dialed = connect(address);
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(dialed, 'connect')]);
  server.close();
  return [dialed, accepted as Socket];
}

import { randomBytes } from 'node:crypto';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import type { Role } from '../transport/address.ts';
import { Buffers } from '../transport/buffers.ts';
import type { Link } from '../transport/link.ts';
import { type MemoryOptions, memoryPair } from '../transport/memory.ts';
import { Party } from './party.ts';
import type { Session } from './session.ts';

export type LocalOptions = {
  kernels?: Kernels;
  /** Sees every message that reaches an end: for tests of what a party learns. */
  tap?: MemoryOptions['tap'];
  /** Makes each party its own. */
  buffers?: () => Buffers;
  /** Of the pairs 0-1, 0-2 and 1-2, instead of fresh ones: for tests that repeat a run to the byte. */
  seeds?: readonly [Uint8Array, Uint8Array, Uint8Array];
};

/** Runs the same program at three parties in this process and returns what each returned. A failure names its party. */
export async function threeParties<R>(
  run: (party: Party) => Promise<R>,
  options: LocalOptions = {},
): Promise<[R, R, R]> {
  const sessions = localSessions(options);
  const results = await Promise.all(
    sessions.map((session) =>
      run(new Party(session)).catch((error: Error) => {
        error.message = `party ${session.role}: ${error.message}`;
        for (const link of session.links) link?.destroy(error);
        throw error;
      }),
    ),
  );
  return results as [R, R, R];
}

/** Sessions of three parties linked in memory, with fresh seeds unless some are given. */
export function localSessions({
  kernels = loadKernels(),
  tap,
  seeds: given,
  buffers: make = () => new Buffers(),
}: LocalOptions = {}): Session[] {
  const buffers = [make(), make(), make()] as const;
  const pair = (a: Role, b: Role) =>
    memoryPair(`party ${a}`, `party ${b}`, { buffersOf: [buffers[a], buffers[b]], ...(tap ? { tap } : {}) });
  const [l01, l10] = pair(0, 1);
  const [l02, l20] = pair(0, 2);
  const [l12, l21] = pair(1, 2);
  const [s01, s02, s12] = given ?? [randomBytes(16), randomBytes(16), randomBytes(16)];
  const none = new Uint8Array(0);
  const seeds: [Uint8Array, Uint8Array, Uint8Array][] = [
    [none, s01, s02],
    [s01, none, s12],
    [s02, s12, none],
  ];
  const links: (Link | undefined)[][] = [
    [undefined, l01, l02],
    [l10, undefined, l12],
    [l20, l21, undefined],
  ];
  return ([0, 1, 2] as const).map((role) => ({
    role,
    kernels,
    seeds: seeds[role]!,
    links: links[role]!,
    meter: { dealt: 0, online: 0, messages: 0 },
    tables: new Map(),
    buffers: buffers[role],
  }));
}

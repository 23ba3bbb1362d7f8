/** Whether this machine can hold a case, before any work is put into it. */
import { freemem, tmpdir } from 'node:os';
import { freeBytes } from '../files/new-folder.ts';
import type { Model } from '../models/model.ts';
import { sizeOf } from '../mpc/values.ts';
import { storedRing } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import { packedBytes } from '../shares/index.ts';

export type Need = { disk: number; memory: number };
export type Room = Need;

/** A node process with the kernels and nothing to do. */
const PROCESS_BYTES = 110e6;
const LANE = 8;

/**
 * Bytes that a case needs. The disk's are exact but for manifests; of memory this is the least: what is certain to be held at once, by the
 * larger of sharing (the largest tensor in floats, and once more while something is folded into it) and running (three processes, and
 * the client's rows: at the client, and twice at each party).
 */
export function needOf(model: Model, ring: ModelRing, tokens: number): Need {
  const sizes = model
    .plan()
    .map(({ name, kind, shape }) => ({ size: sizeOf(shape), bits: storedRing({ name, kind }, ring).bits }));
  const disk = sizes.reduce((sum, { size, bits }) => sum + packedBytes(size, bits), 0);
  const sharing = PROCESS_BYTES + 2 * 4 * Math.max(...sizes.map(({ size }) => size));
  const running = 4 * PROCESS_BYTES + 7 * LANE * tokens * model.rowWidth;
  return { disk, memory: Math.max(sharing, running) };
}

/** What is free now, on the disk of temporary files and in memory. */
export async function freeNow(): Promise<Room> {
  const disk = await freeBytes(tmpdir()).catch(() => Number.POSITIVE_INFINITY); // whoever writes there says what is wrong
  return { disk, memory: freemem() };
}

/** Why not to start, or undefined. */
export function whyNoRoom(need: Need, free: Room): string | undefined {
  if (need.disk > free.disk) return lacking('disk', need.disk, free.disk);
  if (need.memory > free.memory) return lacking('memory', need.memory, free.memory);
  return undefined;
}

const lacking = (what: string, need: number, free: number): string =>
  `needs ${gigabytes(need)} of ${what}, ${gigabytes(free)} are free`;

function gigabytes(bytes: number): string {
  const value = bytes / 1e9;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} GB`;
}

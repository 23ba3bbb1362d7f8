import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import type { PlannedTensor } from '../../src/models/model.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import type { ShareOptions } from '../../src/shares/index.ts';

/** A folder for the tests of a file; gone afterwards. The function makes paths in it. */
export function scratch(): (...parts: string[]) => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'puma-loaders-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (...parts) => {
    expect(folder, 'made before the first test').not.toBe('');
    return join(folder, ...parts);
  };
}

/** What a step throws, as one line: `CODE message`. Anything but a PumaError fails the test. */
export async function refusal(step: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof step === 'function' ? step() : step);
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    expect(error.hint, error.message).toBeTruthy();
    expect(`${error.message}${error.hint}`).not.toContain('\n');
    return `${error.code} ${error.message}`;
  }
  throw new Error('nothing was refused');
}

/** A safetensors file from any header, valid or not; `length` lies about the header's length. */
export function safetensorsFile(header: unknown, data = 0, length?: bigint): Uint8Array {
  const json = header instanceof Uint8Array ? header : new TextEncoder().encode(asText(header));
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  for (let i = 8 + json.length; i < file.length; i++) file[i] = i % 251;
  return file;
}

const asText = (header: unknown) => (typeof header === 'string' ? header : JSON.stringify(header));

/** Every file below a folder with its bytes, by path. */
export async function snapshot(folder: string): Promise<Map<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'hex')));
  return new Map(files.map((file, i) => [file.slice(folder.length + 1), contents[i]!]));
}

/** Overwrites a byte of a file. */
export async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index]! ^= 1;
  await writeFile(path, bytes);
}

/** Whatever the registry says today. */
export const RING: ModelRing = {
  bits: 64,
  fractionBits: 18,
  linear: { bits: 64, input: 18, weight: 18, results: 14 },
  table: { bits: 32, frac: 18 },
  vector: { bits: 48 },
  residual: { frac: 18 },
  integers: { scores: 20, values: 10, activation: 10, product: 14, logits: 10 },
  sites: {},
};

export type Weights = Omit<PlannedTensor, 'build'> & { data: Float32Array };

/** A tensor of random floats of both signs, up to 4. */
export function weights(name: string, kind: PlannedTensor['kind'], shape: number[]): Weights {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { name, kind, shape, data: Float32Array.from({ length: size }, () => 8 * Math.random() - 4) };
}

export const SMALL: readonly Weights[] = [
  weights('table', 'table', [11, 5]),
  weights('layer.weight', 'matrix', [7, 3]),
  weights('layer.bias', 'vector', [7]),
];

export function shareOptions(tensors: readonly Weights[], out: string): ShareOptions {
  return {
    plan: tensors.map(({ data, ...tensor }) => ({ ...tensor, build: async () => data })),
    read: async () => Promise.reject(new Error('not read')),
    model: { name: 'test', architecture: 'bert', config: { hidden_size: 3 } },
    ring: RING,
    out,
  };
}

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { openSafetensors } from '../../src/loaders/safetensors.ts';
import { storedRing } from '../../src/rings/model-ring.ts';
import {
  type DealerShares,
  type EvaluatorShares,
  manifestDigest,
  maskLabel,
  maskLanes,
  openShares,
  type ShareProgress,
  writeShares,
} from '../../src/shares/index.ts';
import { readManifest } from '../../src/shares/manifest.ts';
import { SMALL, scratch, shareOptions, type Weights, weights } from './helpers.ts';

const path = scratch();
const kernels = loadKernels();

/** Takes the masks off again, as nobody could who is one party. */
async function unmask(dealer: DealerShares, evaluator: EvaluatorShares, name: string): Promise<Float64Array> {
  const { index, bits, frac, m } = await evaluator.tensor(name);
  for (const key of dealer.keys) {
    const mask = new BigUint64Array(m.length);
    const block = new Uint8Array(16);
    block.set(maskLabel(index));
    kernels.prg(mask, key, block); // the whole tensor at once, whatever the chunks were
    kernels.sub(m, m, mask);
  }
  const out = new Float64Array(m.length);
  kernels.toFloat(out, m, bits, frac);
  return out;
}

async function expectRoundTrip(tensors: readonly Weights[], folder: string): Promise<void> {
  const dealer = await openShares(folder, 0);
  for (const role of [1, 2] as const) {
    const evaluator = await openShares(folder, role);
    for (const { name, kind, shape, data } of tensors) {
      const { frac, bits } = storedRing({ name, kind }, evaluator.manifest.ring);
      expect(await evaluator.tensor(name)).toMatchObject({ shape, frac, bits });
      const values = await unmask(dealer, evaluator, name);
      const error = values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - data[i]!)), 0);
      expect(error).toBeLessThanOrEqual(2 ** -frac / 2);
    }
    await evaluator.close();
  }
}

test('weights come back to half a unit, for both evaluators', async () => {
  await writeShares(shareOptions(SMALL, path('small')));
  await expectRoundTrip(SMALL, path('small'));
});

test('small rings', async () => {
  const options = shareOptions(SMALL, path('rings'));
  const ring = {
    ...options.ring,
    linear: { bits: 41, input: 12, weight: 13, results: 14 },
    table: { bits: 23, frac: 18 },
    vector: { bits: 24 },
  };
  await writeShares({ ...options, ring });
  await expectRoundTrip(SMALL, path('rings'));
});

test('chunks: every size around their boundaries, and tensors without elements', async () => {
  const sizes = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 48];
  const tensors = sizes.map((size) => weights(`t${size}`, size % 2 ? 'vector' : 'matrix', [size]));
  await writeShares({ ...shareOptions(tensors, path('chunks')), chunkLanes: 16 });
  await expectRoundTrip(tensors, path('chunks'));
});

test('a tensor larger than a chunk', async () => {
  const tensors = [weights('large', 'table', [3, (1 << 19) + 1])];
  await writeShares(shareOptions(tensors, path('large')));
  await expectRoundTrip(tensors, path('large'));
});

test('each party has its own files, for its own eyes', async () => {
  await writeShares(shareOptions(SMALL, path('files')));
  const mode = async (...file: string[]) => ((await stat(path('files', ...file))).mode & 0o777).toString(8);
  expect(await mode()).toBe('700');
  for (const party of ['party0', 'party1', 'party2']) expect(await mode(party)).toBe('700');
  for (const key of ['party0/mask1.key', 'party0/mask2.key', 'party1/mask1.key', 'party2/mask2.key']) {
    expect(await mode(key)).toBe('600');
    expect((await stat(path('files', key))).size).toBe(16);
  }
  const [first, second] = await Promise.all(
    ['party1', 'party2'].map((p) => stat(path('files', p, 'masked.safetensors'))),
  );
  expect(second!.ino).toBe(first!.ino);
  expect(first!.mode & 0o777).toBe(0o600);
});

test('a party needs nothing but its own folder', async () => {
  await writeShares(shareOptions(SMALL, path('own')));
  for (const role of [0, 1, 2] as const) {
    const shares = await (role === 0
      ? openShares(path('own', 'party0'), 0)
      : openShares(path('own', `party${role}`), role));
    expect(shares.role).toBe(role);
    await shares.close();
  }
});

test('the manifest is the same everywhere and says what is shared', async () => {
  const written = await writeShares(shareOptions(SMALL, path('manifest')));
  const texts = await Promise.all(
    [0, 1, 2].map((role) => readFile(path('manifest', `party${role}`, 'manifest.json'), 'utf8')),
  );
  expect(new Set(texts).size).toBe(1);
  const manifest = await readManifest(path('manifest', 'party1', 'manifest.json'));
  expect(manifest).toEqual(written);
  expect(manifest.tensors.map(({ name, kind, shape, bits, frac }) => [name, kind, shape, bits, frac])).toEqual([
    ['table', 'table', [11, 5], 32, 18],
    ['layer.weight', 'matrix', [7, 3], 64, 18],
    ['layer.bias', 'vector', [7], 48, 18],
  ]);
  const other = await writeShares(shareOptions(SMALL, path('other')));
  expect(manifestDigest(other)).not.toBe(manifestDigest(manifest));
  const turned = Object.fromEntries(Object.entries(manifest).reverse()) as typeof manifest;
  expect(manifestDigest(turned)).toBe(manifestDigest(manifest));
});

test('the packed file is as small as its rings say', async () => {
  const { file, tensors } = await writeShares(shareOptions(SMALL, path('packed')));
  const masked = await openSafetensors(path('packed', 'party1', 'masked.safetensors'));
  const bytes = tensors.map(({ name }) => masked.entry(name).end - masked.entry(name).begin);
  expect(bytes).toEqual([55 * 4, 21 * 8, 7 * 6]);
  expect((await stat(masked.path)).size).toBe(file.bytes);
  await masked.close();
});

test('the dealer cannot test guesses: sums are salted, and the salt is not in its folder', async () => {
  const zeros: Weights[] = [{ name: 'bias', kind: 'vector', shape: [2], data: new Float32Array(2) }];
  const sums = new Set<string>();
  for (const out of ['salt1', 'salt2']) {
    await writeShares(shareOptions(zeros, path(out)));
    const { keys, manifest } = await openShares(path(out), 0);
    const lanes = new BigUint64Array(2);
    const mask = new BigUint64Array(2);
    maskLanes(lanes, kernels, keys[0], 0, 0);
    maskLanes(mask, kernels, keys[1], 0, 0);
    const guess = new Uint8Array(12);
    kernels.packAdd(guess, lanes, mask, 48);
    const masked = await openSafetensors(path(out, 'party1', 'masked.safetensors'));
    expect(await masked.readBytes('bias')).toEqual(guess); // the guess is right,
    const sum = async (...parts: Uint8Array[]) =>
      Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.concat(parts))).toString('hex');
    expect(await sum(guess)).not.toBe(manifest.tensors[0]!.sums[0]); // but the dealer cannot know:
    const salt = masked.metadata.get('salt')!;
    expect(await sum(Buffer.from(salt, 'hex'), guess)).toBe(manifest.tensors[0]!.sums[0]);
    expect(await readFile(join(path(out), 'party0', 'manifest.json'), 'utf8')).not.toContain(salt);
    sums.add(salt);
    await masked.close();
  }
  expect(sums.size).toBe(2);
});

test('mask streams: label, tensor number, lane', () => {
  expect(Buffer.from(maskLabel(258)).toString('latin1')).toBe('weight\0\0\0\0\x01\x02');
  const key = Uint8Array.from({ length: 16 }, (_, i) => i);
  const whole = new BigUint64Array(20);
  maskLanes(whole, kernels, key, 3, 0);
  const part = new BigUint64Array(12);
  maskLanes(part, kernels, key, 3, 8);
  expect(part).toEqual(whole.subarray(8));
});

test('progress counts tensors and bytes', async () => {
  const seen: ShareProgress[] = [];
  const { file } = await writeShares({
    ...shareOptions(SMALL, path('progress')),
    onProgress: (step) => seen.push(step),
  });
  expect(seen.map(({ tensor, done, count }) => [tensor, done, count])).toEqual([
    ['table', 1, 3],
    ['layer.weight', 2, 3],
    ['layer.bias', 3, 3],
  ]);
  expect(seen.at(-1)).toMatchObject({ bytes: file.bytes, totalBytes: file.bytes });
});

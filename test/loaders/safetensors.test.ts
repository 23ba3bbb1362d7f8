import { readFile, truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { openSafetensors } from '../../src/loaders/safetensors.ts';
import type { Declaration } from '../../src/loaders/safetensors-header.ts';
import { createSafetensors, safetensorsBytes } from '../../src/shares/safetensors-writer.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();
const bytesOf = (array: Float32Array | Float64Array | Uint16Array | Uint8Array) => new Uint8Array(array.buffer);

async function write(
  name: string,
  tensors: [Declaration, Uint8Array][],
  metadata?: Record<string, string>,
): Promise<string> {
  const file = await createSafetensors(
    path(name),
    tensors.map(([tensor]) => tensor),
    metadata,
  );
  for (const [tensor, bytes] of tensors) await file.append(tensor.name, bytes);
  await file.finish();
  return path(name);
}

const FLOATS: [Declaration, Uint8Array][] = [
  [{ name: 'f16', dtype: 'F16', shape: [5] }, bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00))],
  [{ name: 'u8', dtype: 'U8', shape: [3] }, Uint8Array.of(1, 2, 3)],
  [{ name: 'f64', dtype: 'F64', shape: [2, 1] }, bytesOf(Float64Array.of(Math.PI, -1e-300))],
  [{ name: 'none', dtype: 'F32', shape: [4, 0] }, new Uint8Array(0)],
  [{ name: 'f32', dtype: 'F32', shape: [2, 2] }, bytesOf(Float32Array.of(1, -2.5, 1e-40, Infinity))],
  [{ name: 'bf16', dtype: 'BF16', shape: [3] }, bytesOf(Uint16Array.of(0x3f80, 0xc020, 0x0001))],
  [{ name: 'scalar', dtype: 'F32', shape: [] }, bytesOf(Float32Array.of(7))],
];

test('every float type is read as float32, at any alignment', async () => {
  const file = await openSafetensors(await write('floats.safetensors', FLOATS, { format: 'pt' }));
  const read = async (name: string) => [...(await file.readFloat(name)).data];
  expect(await read('f16')).toEqual([1, -2, 2 ** -24, 65504, -Infinity]);
  expect(await read('f64')).toEqual([Math.fround(Math.PI), -0]);
  expect(await read('f32')).toEqual([1, -2.5, Math.fround(1e-40), Infinity]);
  expect(await read('bf16')).toEqual([1, -2.5, 2 ** -133]);
  expect(await read('none')).toEqual([]);
  expect(await file.readFloat('scalar', [])).toEqual({ shape: [], data: Float32Array.of(7) });
  expect([...(await file.readBytes('u8'))]).toEqual([1, 2, 3]);
  expect([...(await file.readBytes('u8', 1, 1))]).toEqual([2]);
  expect(file.metadata.get('format')).toBe('pt');
  expect(file.names).toEqual(new Set(FLOATS.map(([{ name }]) => name)));
  await file.close();
});

test('what a model asks for wrongly', async () => {
  const file = await openSafetensors(await write('asked.safetensors', FLOATS));
  expect(await refusal(file.readFloat('f32', [4], 'bert'))).toBe('E_SHAPE f32 is [2, 2]; bert expects [4]');
  expect(await refusal(file.readFloat('u8'))).toBe(
    `E_SAFETENSORS ${file.path}: tensor "u8" is U8; weights are read from F64, F32, F16 or BF16`,
  );
  expect(await refusal(() => file.entry('x'))).toBe(`E_TENSOR ${file.path} has no tensor "x"`);
  await expect(file.readBytes('u8', 2, 2)).rejects.toThrow('internal');
  await file.close();
});

test('a tensor larger than a chunk', async () => {
  const data = Float32Array.from({ length: (1 << 22) + 3 }, (_, i) => i);
  const file = await openSafetensors(
    await write('large.safetensors', [[{ name: 'a', dtype: 'F32', shape: [data.length] }, bytesOf(data)]]),
  );
  expect(Buffer.from(bytesOf((await file.readFloat('a')).data)).equals(bytesOf(data))).toBe(true);
  await file.close();
});

test('paths that are no files', async () => {
  expect(await refusal(openSafetensors(path('nowhere')))).toBe(`E_MISSING ${path('nowhere')} does not exist`);
  expect(await refusal(openSafetensors(path('.')))).toBe(`E_READ cannot read ${path('.')}: it is not a regular file`);
  expect(await refusal(openSafetensors('/dev/null'))).toBe('E_READ cannot read /dev/null: it is not a regular file');
});

test('a file cut short under the reader', async () => {
  const file = await openSafetensors(await write('cut.safetensors', FLOATS));
  await truncate(file.path, safetensorsBytes(FLOATS.map(([tensor]) => tensor)) - 1);
  expect(await refusal(file.readFloat('scalar'))).toBe(`E_SAFETENSORS ${file.path} was cut short while it was read`);
  await file.close();
});

test('the writer keeps exact accounts', async () => {
  const a: Declaration = { name: 'a', dtype: 'F32', shape: [2] };
  const b: Declaration = { name: 'b', dtype: 'U8', shape: [1] };
  const file = await createSafetensors(path('kept'), [a, b]);
  expect(file.bytes).toBe(safetensorsBytes([a, b]));
  await expect(file.append('b', new Uint8Array(1))).rejects.toThrow('in the turn of a');
  await expect(file.append('a', new Uint8Array(9))).rejects.toThrow('more bytes');
  await file.append('a', new Uint8Array(5));
  await expect(file.finish()).rejects.toThrow('before a');
  await file.append('a', new Uint8Array(3));
  await file.append('b', new Uint8Array(1));
  await expect(file.append('b', new Uint8Array(1))).rejects.toThrow('turn of nothing');
  await file.finish();
  expect((await readFile(path('kept'))).length).toBe(file.bytes);
  expect(await refusal(createSafetensors(path('kept'), []))).toBe(
    `E_WRITE cannot write ${path('kept')}: it exists already`,
  );
  expect(await refusal(createSafetensors(path('no', 'x'), []))).toBe(
    `E_WRITE cannot write ${path('no', 'x')}: a folder of the path does not exist`,
  );
});

test('random damage never gives anything but a PumaError or the declared sizes', async () => {
  const good = await readFile(await write('good.safetensors', FLOATS));
  const name = path('damaged.safetensors');
  const change = fc.oneof(
    fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => (file: Buffer) => {
      file[at] = byte;
      return file;
    }),
    fc.nat(good.length).map((length) => (file: Buffer) => file.subarray(0, length)),
  );
  await fc.assert(
    fc.asyncProperty(change, async (damage) => {
      await writeFile(name, damage(Buffer.from(good)));
      try {
        const file = await openSafetensors(name);
        for (const tensor of file.names) await file.readFloat(tensor).catch(expectPuma);
        await file.close();
      } catch (error) {
        expectPuma(error);
      }
    }),
    { numRuns: 400 },
  );
});

function expectPuma(error: unknown): void {
  expect(error).toBeInstanceOf(PumaError);
}

import { truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { openSafetensors } from '../../src/loaders/safetensors.ts';
import { DTYPE_BYTES, type Dtype, makeHeader, parseHeader } from '../../src/loaders/safetensors-header.ts';
import { refusal, safetensorsFile, scratch } from '../shares/helpers.ts';

const path = scratch();
const F32 = (shape: unknown, data_offsets: unknown) => ({ dtype: 'F32', shape, data_offsets });
const one = (entry: unknown, data = 8) => safetensorsFile({ a: entry }, data);

const MALFORMED: [what: string, file: Uint8Array, message: string][] = [
  ['empty file', new Uint8Array(0), 'the file has 0 bytes; a safetensors file has at least 8'],
  ['7 bytes', new Uint8Array(7), 'the file has 7 bytes; a safetensors file has at least 8'],
  ['long header', safetensorsFile({}, 0, 3n), 'the header claims 3 bytes, but the file has only 2 more'],
  [
    'huge header',
    safetensorsFile({}, 0, 100_000_001n),
    'the header claims 100000001 bytes; the format allows 100000000',
  ],
  [
    'lying header',
    safetensorsFile({}, 0, 2n ** 64n - 1n),
    `the header claims ${2n ** 64n - 1n} bytes; the format allows 100000000`,
  ],
  ['no header', new Uint8Array(8), 'the header is not JSON'],
  ['not UTF-8', safetensorsFile(Uint8Array.of(0x7b, 0xff, 0x7d)), 'the header is not UTF-8 text'],
  ['not JSON', safetensorsFile('{"a":'), 'the header is not JSON'],
  ['an array', safetensorsFile('[]'), 'the header is not a JSON object'],
  ['a number', safetensorsFile('12'), 'the header is not a JSON object'],
  ['leading space', safetensorsFile(' {}'), 'the header is not a JSON object'],
  ['byte order mark', safetensorsFile('\ufeff{}'), 'the header is not JSON'],
  ['a name twice', safetensorsFile('{"a":{},"b":{},"\\u0061":{}}'), 'the header holds the name "a" twice'],
  ['a field twice', safetensorsFile('{"a":{"dtype":"F32","dtype":"F64"}}'), 'the header holds the name "dtype" twice'],
  ['metadata', safetensorsFile({ __metadata__: [] }), '"__metadata__" is not an object'],
  ['metadata value', safetensorsFile({ __metadata__: { a: 1 } }), '"__metadata__" holds "a", which is not a string'],
  ['no object', one(5), 'tensor "a" is not described by an object'],
  ['no dtype', one({ shape: [2], data_offsets: [0, 8] }), 'tensor "a" has no dtype'],
  ['dtype of objects', one({ dtype: 'toString', shape: [2] }), 'tensor "a" has no pair of data_offsets'],
  ['no shape', one(F32(undefined, [0, 8])), 'tensor "a" has no shape'],
  ['shape no list', one(F32(2, [0, 8])), 'tensor "a" has no shape'],
  ['negative shape', one(F32([-2, -1], [0, 8])), 'tensor "a" has the negative extent -2 in its shape'],
  ['fraction in shape', one(F32([1.5], [0, 8])), 'tensor "a" has a shape that is not made of integers'],
  ['string in shape', one(F32(['2'], [0, 8])), 'tensor "a" has a shape that is not made of integers'],
  [
    'infinite shape',
    safetensorsFile('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}', 8),
    'tensor "a" has a shape that is not made of integers',
  ],
  [
    'huge shape',
    one(F32([2 ** 30, 2 ** 30], [0, 8])),
    'tensor "a" has the shape [1073741824, 1073741824]: too large for any file',
  ],
  ['huge bytes', one(F32([2 ** 52], [0, 8])), 'tensor "a" has the shape [4503599627370496]: too large for any file'],
  [
    'huge and empty',
    one(F32([0, 2 ** 40, 2 ** 40], [0, 0])),
    'tensor "a" has the shape [0, 1099511627776, 1099511627776]: too large for any file',
  ],
  ['no offsets', one({ dtype: 'F32', shape: [2] }), 'tensor "a" has no pair of data_offsets'],
  ['one offset', one(F32([2], [0])), 'tensor "a" has no pair of data_offsets'],
  ['fraction offset', one(F32([2], [0, 8.5])), 'tensor "a" has data_offsets that are not integers'],
  ['string offset', one(F32([2], ['0', 8])), 'tensor "a" has data_offsets that are not integers'],
  ['huge offset', one(F32([2], [0, 2 ** 60])), 'tensor "a" has data_offsets that are not integers'],
  ['negative offset', one(F32([2], [-8, 0])), 'tensor "a" starts at the negative offset -8'],
  ['reversed offsets', one(F32([2], [8, 0])), 'tensor "a" ends at 0, before its start at 8'],
  ['size', one(F32([3], [0, 8])), 'tensor "a" has 8 bytes; F32 of shape [3] takes 12'],
  [
    'out of the file',
    one(F32([4], [0, 16])),
    'tensor "a" ends at byte 16 of the data, but the file has only 8: it is cut short',
  ],
  [
    'overlap',
    safetensorsFile({ a: F32([2], [0, 8]), b: F32([2], [4, 12]) }, 12),
    'tensor "b" overlaps the one before it',
  ],
  [
    'same place',
    safetensorsFile({ a: F32([2], [0, 8]), b: F32([2], [0, 8]) }, 8),
    'tensor "b" overlaps the one before it',
  ],
  ['gap in front', one(F32([1], [4, 8])), '4 bytes before tensor "a" belong to no tensor'],
  [
    'gap inside',
    safetensorsFile({ a: F32([1], [0, 4]), b: F32([1], [8, 12]) }, 12),
    '4 bytes before tensor "b" belong to no tensor',
  ],
  ['bytes left over', one(F32([1], [0, 4])), '4 bytes at the end belong to no tensor'],
  ['a nasty name', safetensorsFile({ 'x\n\u0007': 1 }), 'tensor "x\\n\\u0007" is not described by an object'],
];

test.each(MALFORMED)('refused: %s', async (what, file, message) => {
  const name = path(`${what}.safetensors`);
  await writeFile(name, file);
  expect(await refusal(openSafetensors(name))).toBe(`E_SAFETENSORS ${name}: ${message}`);
});

test('a file that lies about terabytes costs nothing', async () => {
  const header = safetensorsFile({ a: F32([2 ** 38], [0, 2 ** 40]) });
  const name = path('sparse.safetensors');
  await writeFile(name, header);
  await truncate(name, header.length + 2 ** 40 - 1);
  const before = process.memoryUsage().rss;
  expect(await refusal(openSafetensors(name))).toMatch(/cut short/);
  expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
});

const declared = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__'),
    dtype: fc.constantFrom(...(Object.keys(DTYPE_BYTES) as Dtype[])),
    shape: fc.array(fc.nat(5), { maxLength: 4 }),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);

test('random headers come back as they were declared', () => {
  fc.assert(
    fc.property(declared, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (tensors, metadata) => {
      const header = makeHeader(tensors, metadata);
      expect(header.length % 8).toBe(0);
      const bytes = tensors.map(({ dtype, shape }) => shape.reduce((a, b) => a * b, 1) * DTYPE_BYTES[dtype]);
      const total = bytes.reduce((a, b) => a + b, 0);
      const back = parseHeader(header.subarray(8), total, 'file');
      expect([...back.entries.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort());
      for (const { name, dtype, shape } of tensors) expect(back.entries.get(name)).toMatchObject({ dtype, shape });
      expect(Object.fromEntries(back.metadata)).toEqual({ ...metadata });
      expect(() => parseHeader(header.subarray(8), total + 1, 'file')).toThrow(PumaError);
    }),
    { numRuns: 300 },
  );
});

test('damaged headers are refused or still cover the data exactly', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(declared, damage, (tensors, changes) => {
      const header = makeHeader(tensors, {}).subarray(8);
      for (const [at, byte] of changes) header[at % header.length] = byte;
      const total = tensors.reduce((sum, t) => sum + t.shape.reduce((a, b) => a * b, 1) * DTYPE_BYTES[t.dtype], 0);
      try {
        const { entries } = parseHeader(header, total, 'file');
        expect([...entries.values()].reduce((sum, { begin, end }) => sum + end - begin, 0)).toBe(total);
      } catch (error) {
        expect(error).toBeInstanceOf(PumaError);
      }
    }),
    { numRuns: 1000 },
  );
});

import { PumaError } from '../errors.ts';
import { quote, showShape, sizeOf } from '../files/io.ts';
import { duplicateKey, isObject, jsonOf, utf8 } from '../files/json.ts';

/**
 * The header of a safetensors file: [length: u64 LE][JSON, padded with spaces][data]. The JSON maps each tensor's name to
 * { dtype, shape, data_offsets: [begin, end] }, offsets counted in the data; "__metadata__" maps strings to strings.
 * https://github.com/huggingface/safetensors#format
 */
export type Header = { entries: ReadonlyMap<string, Entry>; metadata: ReadonlyMap<string, string> };

/** Where a tensor lies in the data: bytes [begin, end). Of a dtype that is not known here, nobody can tell whether they are right. */
export type Entry = { dtype: string; shape: readonly number[]; begin: number; end: number };

/** What it takes to declare a tensor before its bytes exist. */
export type Declaration = { name: string; dtype: Dtype; shape: readonly number[] };

export type Dtype = keyof typeof DTYPE_BYTES;

export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const;

/** The header's length as the format bounds it, so that a lying length allocates nothing. */
export const HEADER_LIMIT = 100_000_000;

/** Throws with what is wrong; the file's path is put in front. */
type Fail = (what: string) => never;

/** Reads the 8 bytes before the header. `rest` is what the file has after them. */
export function parseLength(bytes: Uint8Array, rest: number, path: string): number {
  const fail = failFor(path);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(HEADER_LIMIT)) {
    fail(`the header claims ${length} bytes; the format allows ${HEADER_LIMIT}`);
  }
  if (length > BigInt(rest)) fail(`the header claims ${length} bytes, but the file has only ${rest} more`);
  return Number(length);
}

/** Checks and indexes the header. Every tensor lies in the file, has the size its shape says, and no byte is left over or used twice. */
export function parseHeader(bytes: Uint8Array, dataBytes: number, path: string): Header {
  const fail: Fail = failFor(path);
  const json = parseJson(bytes, fail);
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(json)) {
    if (name !== '__metadata__')
      entries.set(
        name,
        parseEntry(value, (what) => fail(`tensor ${quote(name)} ${what}`)),
      );
  }
  checkCover(entries, dataBytes, fail);
  return { entries, metadata: parseMetadata(json, fail) };
}

/** The bytes of a header for these tensors, one after the other, with the length in front; data starts 8-byte aligned. */
export function makeHeader(declared: readonly Declaration[], metadata: Record<string, string>): Uint8Array {
  let begin = 0;
  const entries = declared.map(({ name, dtype, shape }) => {
    const end = begin + sizeOf(shape) * DTYPE_BYTES[dtype];
    const entry = [name, { dtype, shape, data_offsets: [begin, end] }] as const;
    begin = end;
    return entry;
  });
  const text = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries]));
  const json = new TextEncoder().encode(text);
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return header;
}

// ---- the parts of a header ----

function parseJson(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  const text = utf8(bytes) ?? fail('the header is not UTF-8 text');
  const json = jsonOf(text);
  if (json === undefined) fail('the header is not JSON');
  if (!isObject(json) || !text.startsWith('{')) fail('the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(`the header holds the name ${quote(twice)} twice`);
  return json;
}

function parseMetadata(json: Record<string, unknown>, fail: Fail): Map<string, string> {
  const metadata = Object.hasOwn(json, '__metadata__') ? (json.__metadata__ ?? {}) : {};
  if (!isObject(metadata)) fail('"__metadata__" is not an object');
  const strings = new Map<string, string>();
  for (const [key, value] of Object.entries(metadata)) {
    strings.set(
      key,
      typeof value === 'string' ? value : fail(`"__metadata__" holds ${quote(key)}, which is not a string`),
    );
  }
  return strings;
}

function parseEntry(value: unknown, fail: Fail): Entry {
  if (!isObject(value)) fail('is not described by an object');
  const dtype = parseDtype(value.dtype, fail);
  const shape = parseShape(value.shape, fail);
  const [begin, end] = parseOffsets(value.data_offsets, fail);
  if (!isKnown(dtype)) return { dtype, shape, begin, end };
  const bytes = sizeOf(shape) * DTYPE_BYTES[dtype];
  if (!Number.isSafeInteger(bytes)) fail(`has the shape ${showShape(shape)}: too large for any file`);
  if (end - begin !== bytes) {
    fail(`has ${end - begin} bytes; ${dtype} of shape ${showShape(shape)} takes ${bytes}`);
  }
  return { dtype, shape, begin, end };
}

function parseDtype(dtype: unknown, fail: Fail): string {
  if (typeof dtype !== 'string') fail('has no dtype');
  return dtype;
}

export const isKnown = (dtype: string): dtype is Dtype => Object.hasOwn(DTYPE_BYTES, dtype);

function parseShape(shape: unknown, fail: Fail): number[] {
  if (!Array.isArray(shape)) fail('has no shape');
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isInteger(extent)) fail('has a shape that is not made of integers');
    if (extent < 0) fail(`has the negative extent ${extent} in its shape`);
  }
  // Checked without the zeros, so that [0, 2^53, 2^53] is not let through.
  const size = sizeOf(shape.filter((extent) => extent !== 0));
  if (!Number.isSafeInteger(size)) fail(`has the shape ${showShape(shape)}: too large for any file`);
  return shape;
}

function parseOffsets(offsets: unknown, fail: Fail): [number, number] {
  if (!Array.isArray(offsets) || offsets.length !== 2) fail('has no pair of data_offsets');
  const [begin, end] = offsets;
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) fail('has data_offsets that are not integers');
  if (begin < 0) fail(`starts at the negative offset ${begin}`);
  if (end < begin) fail(`ends at ${end}, before its start at ${begin}`);
  return [begin, end];
}

/** Tensors must lie one after the other, in any order of names, from the first byte of the data to the last. */
function checkCover(entries: Map<string, Entry>, dataBytes: number, fail: Fail): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    if (end > dataBytes) {
      fail(
        `tensor ${quote(name)} ends at byte ${end} of the data, but the file has only ${dataBytes}: it is cut short`,
      );
    }
    if (begin < covered) fail(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > covered) fail(`${begin - covered} bytes before tensor ${quote(name)} belong to no tensor`);
    covered = end;
  }
  if (covered < dataBytes) fail(`${dataBytes - covered} bytes at the end belong to no tensor`);
}

function failFor(path: string): Fail {
  return (what) => {
    throw new PumaError(
      'E_SAFETENSORS',
      `${path}: ${what}`,
      'The file is damaged or no safetensors file: fetch it again.',
    );
  };
}

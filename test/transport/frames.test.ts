import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PumaError } from '../../src/errors.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME } from '../../src/transport/frames.ts';
import { LABEL_BYTES, type Label } from '../../src/transport/link.ts';
import { bytes, label } from './pairs.ts';

type Frame = { label: Label; payload: Uint8Array };

const anyFrame: fc.Arbitrary<Frame> = fc.record({
  label: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((raw) => Buffer.from(raw).toString('latin1')),
  payload: fc.uint8Array({ maxLength: 300 }),
});

/** The stream cut at random places, empty chunks included. */
function* chunks(stream: Uint8Array, cuts: number[]): Generator<Uint8Array> {
  const places = cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, stream.length]) {
    yield stream.subarray(from, place);
    from = place;
  }
}

function decode(pieces: Iterable<Uint8Array>, limit?: number): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder('party 2', (label, payload) => frames.push({ label, payload }), limit);
  for (const piece of pieces) decoder.push(piece);
  return frames;
}

test('any frames survive any chunking', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 40 }), (frames, cuts) => {
      const stream = Buffer.concat(frames.map((frame) => encodeFrame(frame.label, frame.payload)));
      expect(decode(chunks(stream, cuts))).toEqual(frames);
    }),
  );
});

test('one byte at a time', () => {
  const stream = Buffer.concat([encodeFrame(label('a'), bytes(1, 2, 3)), encodeFrame(label('b'))]);
  expect(decode([...stream].map((byte) => bytes(byte)))).toEqual([
    { label: label('a'), payload: bytes(1, 2, 3) },
    { label: label('b'), payload: bytes() },
  ]);
});

test('a payload has its own memory, of its size, aligned for 64-bit views', () => {
  const stream = Buffer.concat([
    encodeFrame(label('a'), bytes(9)),
    encodeFrame(label('b'), new Uint8Array(24).fill(1)),
  ]);
  const [, second] = decode([stream]);
  const { payload } = second!;
  expect([payload.byteOffset % 8, payload.buffer.byteLength, payload.constructor]).toEqual([0, 24, Uint8Array]);
  expect([...new BigUint64Array(payload.buffer)]).toEqual(Array(3).fill(0x0101010101010101n));
  stream.fill(0);
  expect(payload[0]).toBe(1);
});

test('the parts of a message are joined', () => {
  const stream = encodeFrame(label('a'), bytes(1), bytes(), bytes(2, 3));
  expect(decode([stream])[0]!.payload).toEqual(bytes(1, 2, 3));
});

test('lying lengths are refused as soon as they are read, whatever follows', () => {
  const lie = fc.oneof(fc.nat(LABEL_BYTES - 1), fc.integer({ min: MAX_FRAME + 1, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 3 }),
      lie,
      fc.array(fc.nat(), { maxLength: 9 }),
      (frames, length, cuts) => {
        const lying = Buffer.alloc(4);
        lying.writeUInt32LE(length);
        const stream = Buffer.concat([...frames.map((frame) => encodeFrame(frame.label, frame.payload)), lying]);
        expect(() => decode(chunks(stream, cuts))).toThrow(`party 2 sent nonsense: a frame of ${length} bytes`);
      },
    ),
  );
});

test('the refusal is a typed error, not the caller’s mistake', () => {
  try {
    decode([encodeFrame(label('a'), new Uint8Array(100))], 50);
    expect.unreachable();
  } catch (error) {
    const { code, exitCode } = error as PumaError;
    expect({ code, exitCode }).toEqual({ code: 'E_PROTOCOL', exitCode: 1 });
  }
});

test('random bytes either decode or are refused, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 9 }), (stream, cuts) => {
      try {
        decode(chunks(stream, cuts), 1000);
      } catch (error) {
        expect((error as PumaError).code).toBe('E_PROTOCOL');
      }
    }),
  );
});

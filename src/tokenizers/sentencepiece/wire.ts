/** The wire format of protocol buffers, as far as a SentencePiece model needs it. */

/** A value as it is in the file: a number, a float32, or bytes. */
export type Field = { readonly number: number; readonly value: number | Uint8Array };

/** The fields of a message, in their order. Throws RangeError where the bytes are none. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = view.getUint8(at++);
      // the tenth byte of a negative number is beyond what is exact here: no field of ours is so large
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value >= 2 ** 63 ? value - 2 ** 64 : value;
    }
    throw new RangeError('a number of more than 10 bytes');
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (number < 1) throw new RangeError('a field without a number');
    switch (key % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        at += 8;
        if (at > bytes.length) throw new RangeError('a field is cut off');
        break;
      case 2: {
        const length = varint();
        if (length < 0 || at + length > bytes.length) throw new RangeError('a field is cut off');
        yield { number, value: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        yield { number, value: view.getFloat32(at, true) };
        at += 4;
        break;
      default:
        throw new RangeError(`a field of kind ${key % 8}`);
    }
  }
}

/** The last value of each field that is a number, and all bytes of each that is bytes. */
export function messageOf(bytes: Uint8Array): {
  number(field: number): number | undefined;
  bytes(field: number): Uint8Array | undefined;
} {
  const last = new Map<number, number | Uint8Array>();
  for (const { number, value } of fieldsOf(bytes)) last.set(number, value);
  return {
    number: (field) => {
      const value = last.get(field);
      return typeof value === 'number' ? value : undefined;
    },
    bytes: (field) => {
      const value = last.get(field);
      return value instanceof Uint8Array ? value : undefined;
    },
  };
}

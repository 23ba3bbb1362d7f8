/** Before every file: arrays of numbers that are equal byte by byte are equal. Element by element, that takes most of a test's time. */
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
    const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    return bytes(a).equals(bytes(b)) || undefined; // others may be equal all the same: NaN has many bytes
  },
]);

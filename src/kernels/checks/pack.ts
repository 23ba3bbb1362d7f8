import type { Engine } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import { fail, range, same } from './conditions.ts';

export function streamChecks(e: Engine) {
  return {
    prg(out, key, iv) {
      if (key.length !== 16 || iv.length !== 16) fail('prg', 'key and iv must have 16 bytes');
      e.prg(out, key, iv);
    },
    pack(out, a, bits) {
      room('pack', out, a.length, bits, true);
      e.pack(out, a, bits);
    },
    unpack(out, bytes, bits) {
      room('unpack', bytes, out.length, bits, false);
      e.unpack(out, bytes, bits);
    },
    packAdd: packed('packAdd', e.packAdd),
    packSub: packed('packSub', e.packSub),
    unpackAdd(out, bytes, a, bits) {
      same('unpackAdd', out, a);
      room('unpackAdd', bytes, out.length, bits, false);
      e.unpackAdd(out, bytes, a, bits);
    },
  } satisfies Partial<Kernels>;
}

function packed(name: string, kernel: Engine['packAdd']): Kernels['packAdd'] {
  return (out, a, b, bits) => {
    same(name, a, b);
    room(name, out, a.length, bits, true);
    kernel(out, a, b, bits);
  };
}

/** Whether n lanes fit in the bytes, or take just them. */
function room(name: string, bytes: Uint8Array, n: number, bits: number, exact: boolean): void {
  range(name, 'bits', bits, 1, 64);
  const need = Math.ceil((n * bits) / 8);
  if (exact ? bytes.length !== need : bytes.length < need)
    fail(name, `${n} lanes of ${bits} bits take ${need} bytes, got ${bytes.length}`);
}

/** What calls of kernels have to fulfil; the errors are for programmers. */
type Sized = { readonly length: number };

/** Words of a bitmap. */
export const words = (bits: number): number => Math.ceil(bits / 64);

export function fail(name: string, what: string): never {
  throw new Error(`${name}: ${what}`);
}

export function same(name: string, a: Sized, b: Sized, c: Sized = b): void {
  if (a.length !== b.length || a.length !== c.length) fail(name, `sizes differ: ${a.length}, ${b.length}, ${c.length}`);
}

export function size(name: string, a: Sized, want: number): void {
  if (a.length !== want) fail(name, `an operand has ${a.length} elements, the shape asks for ${want}`);
}

export function broadcast(name: string, out: Sized, b: Sized, inner: number): void {
  if (!Number.isInteger(inner) || inner < 1) fail(name, `inner is ${inner}`);
  if (b.length === 0 && out.length > 0) fail(name, 'nothing to broadcast');
}

export function rows(name: string, out: Sized, a: Sized, cols: number): void {
  if (!(cols >= 0) || out.length * cols !== a.length)
    fail(name, `${out.length} rows of ${cols} do not make ${a.length} elements`);
}

export function range(name: string, what: string, v: number, least: number, most: number): void {
  if (!Number.isInteger(v) || v < least || v > most) fail(name, `${what} is ${v}, expected ${least}..${most}`);
}

export function power(name: string, table: Sized, least: number): void {
  const n = table.length;
  if (n < least || (n & (n - 1)) !== 0 || n > 2 ** 30)
    fail(name, `a table of ${n} elements, expected a power of two from ${least}`);
}

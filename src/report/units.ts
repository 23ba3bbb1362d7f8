/** Numbers as people read them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes to three digits in decimal units: 118 B, 982 kB, 2.82 MB. */
export function bytes(n: number): string {
  let value = n;
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : digits(value)} ${UNITS[unit]}`;
}

/** Seconds to what matters: 0.04 s, 1.2 s, 83 s, 2 min 5 s. */
export function seconds(s: number): string {
  if (s < 1) return `${s.toFixed(2)} s`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 119.5) return `${s.toFixed(0)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A share of one: 98.7 %. */
export const percent = (p: number): string => `${(100 * p).toFixed(1)} %`;

/** A small difference: 1.2e-5, 0 for none. */
export const small = (x: number): string => (x === 0 ? '0' : x.toExponential(1));

/** `1 round`, `2 rounds`. */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

export type Network = { name: string; rttMs: number; bitsPerSecond: number };

/** `lan: 0.5 ms, 5 Gbit/s`; a network without a name of its own by its figures alone. */
export function network({ name, rttMs, bitsPerSecond: bits }: Network): string {
  const time = rttMs < 1000 ? `${rttMs} ms` : `${rttMs / 1000} s`;
  const [size, unit] = bits >= 1e9 ? [1e9, 'G'] : bits >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
  const figures = `${time}, ${bits / size} ${unit}bit/s`;
  return name.includes(',') ? figures : `${name}: ${figures}`;
}

/** Three significant digits without an exponent. */
function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

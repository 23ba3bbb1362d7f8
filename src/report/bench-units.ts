/** Figures of measurements, which may be very small. */
import { seconds } from './units.ts';

/** Three significant digits without an exponent. */
export const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/** To three digits: 9.12 ms, 15.5 s, 365 s. */
export function duration(s: number): string {
  if (s < 0.9995) return `${threeDigits(1000 * s)} ms`;
  return s < 999.5 ? `${s.toPrecision(3)} s` : seconds(s);
}

/** To two digits: 0.45x, 3.2x, 47x. */
export const ratio = (value: number): string => `${value.toFixed(value < 0.995 ? 2 : value < 9.95 ? 1 : 0)}x`;

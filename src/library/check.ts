import { PumaError } from '../errors.ts';

/** Refuses what is no whole number from `least` on. Throws E_OPTION with the option's name. */
export function checkWhole(name: string, value: number | undefined, least = 1): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new PumaError('E_OPTION', `${name} is ${value}`, `Give a whole number from ${least} on.`);
}

/** Refuses what is no number above 0. Throws E_OPTION. */
export function checkPositive(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new PumaError('E_OPTION', `${name} is ${value}`, 'Give a number above 0.');
}

/** Refuses what is no number from `least` to `most`. Throws E_OPTION. */
export function checkNumber(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new PumaError('E_OPTION', `${name} is ${value}`, `Give a number from ${least} to ${most}.`);
}

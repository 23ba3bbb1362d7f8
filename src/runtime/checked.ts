import { call, option, PumaError, words } from '../errors.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { Overflow, Shown } from './client.ts';

/** Whether answers are checked, and what becomes of one whose values left their range. */
export type Checking = { check: boolean; allowOverflow: boolean };

export type CheckChoice = {
  /** Asked for, or forbidden; left out, it is the model that decides. */
  checkRanges?: boolean | undefined;
  allowOverflow?: boolean | undefined;
};

/**
 * Answers of a model are checked where its weights do not prove that all values stay within their rings, unless the caller says otherwise. A
 * model of the registry, and one with a plan of its owner's, is not checked unless that is asked for.
 */
export function checkingOf(
  { unproved }: Pick<ModelRing, 'unproved'>,
  { checkRanges, allowOverflow = false }: CheckChoice,
): Checking {
  return { check: checkRanges ?? (unproved ?? []).length > 0, allowOverflow };
}

/** Withholds an answer whose values left their range. Throws E_OVERFLOW. */
export function checkLeft({ left = [] }: Pick<Shown, 'left'>, { allowOverflow }: Checking): void {
  if (left.length === 0 || allowOverflow) return;
  const hint = words`Make a plan of its rings: ${call('calibrate')}. With ${option('allowOverflow')} the answer is shown all the same.`;
  throw new PumaError('E_OVERFLOW', `the answer is withheld: ${describeLeft(left)}`, hint, 1);
}

/** Such as: 3 checks found values beyond their range at scores. */
export const describeLeft = (left: readonly Overflow[]): string =>
  left.map(({ kind, count }) => `values left their range at ${kind} (found ${count} times)`).join('; ');

/** What a report says of ranges. */
export type RangeState =
  /** The weights prove that no text leaves the rings. */
  | 'proved'
  /** Every answer was checked, and no value left the rings. */
  | 'checked'
  | 'unchecked';

export const rangeState = (
  { unproved }: Pick<ModelRing, 'unproved'>,
  { check }: Pick<Checking, 'check'>,
): RangeState => {
  if (check) return 'checked';
  return unproved?.length === 0 ? 'proved' : 'unchecked';
};

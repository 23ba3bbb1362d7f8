/** Where secure answers go wrong: the first value whose error jumps, and the site of the model that is behind it. */
import { ensure } from '../errors.ts';
import { describeBroken, figure, finite, type Margin } from '../plaintext/margins.ts';
import type { PlacedMargin } from '../plaintext/watched.ts';

/** The most that a logit may be off, unless told otherwise. */
export const TOLERANCE = 0.1;

/** The largest error of an opened value. */
export type LargestError = { name: string; max: number };

export type FaultOptions = {
  /** Of the values that were opened, in the order of the model, the output last. Empty if none was. */
  errors: readonly LargestError[];
  /** Of the output, over all texts. */
  output: LargestError;
  /** In the order of the model. */
  sites: readonly PlacedMargin[];
  tolerance: number;
};

/** What to look at first. */
export type Fault = {
  /** The value that shows the error first, or that follows the site. */
  layer: string;
  /** Its largest error; null if it was not opened. */
  error: number | null;
  /** The site: one that does not hold its values; or, if all do, the one with least room. */
  site: string;
  range: Margin['range'];
  bound: Margin['bound'];
  holds: boolean;
  /** All of it in a line. Where the site does not hold its values, calibrate() makes rings that do. */
  message: string;
};

/** An error that is so many times the largest before it has a cause of its own. */
const JUMP = 8;

/**
 * Null if the output is within the tolerance and every site holds its values. Otherwise the first of:
 * - the first broken site of the first value whose error jumps and that has one,
 * - the first broken site,
 * - the site with least room of the value whose error jumps farthest, or of all if none does.
 */
export function faultOf({ errors, output, sites, tolerance }: FaultOptions): Fault | null {
  const jumps = jumpsOf(errors, tolerance);
  const broken = sites.filter(({ holds }) => !holds);
  const culprit = jumps.flatMap(({ name }) => broken.filter(({ layer }) => layer === name))[0] ?? broken[0];
  if (culprit) {
    const error = errors.find(({ name }) => name === culprit.layer)?.max ?? null;
    return faultAt(culprit, culprit.layer, error, describeBroken(culprit));
  }
  if (output.max <= tolerance) return null;
  const jump = jumps.reduce<Jump | undefined>(
    (most, one) => (most && !(one.growth > most.growth) ? most : one),
    undefined,
  );
  const { name, max } = jump ?? output;
  const tight = tightest(sites.filter(({ layer }) => layer === jump?.name)) ?? tightest(sites);
  ensure(tight, 'a model without sites');
  const before = !jump ? ', without a jump before it' : jump.before > 0 ? `, ${figure(jump.before)} before it` : '';
  const room = Number.isFinite(tight.room) ? `, with ${tight.room.toFixed(1)} bits of room at ${tight.site}` : '';
  return faultAt(tight, name, max, `${name}: off by ${figure(max)}${before}; no value left its range${room}`);
}

type Jump = LargestError & { before: number; growth: number };

/**
 * Errors that are more than JUMP times the largest before them. One of at most tolerance / JUMP is none: to leave the tolerance it would
 * have to jump once more, and then that jump is the one to name. Growth is counted from there, for an error may grow without harm until then.
 */
function jumpsOf(errors: readonly LargestError[], tolerance: number): Jump[] {
  const jumps: Jump[] = [];
  const floor = tolerance / JUMP;
  let before = 0;
  for (const { name, max } of errors) {
    const jumped = !(max <= Math.max(JUMP * before, floor)); // NaN is a jump too
    if (jumped) jumps.push({ name, max, before, growth: max / Math.max(before, floor) });
    before = Math.max(before, max);
  }
  return jumps;
}

const tightest = (sites: readonly PlacedMargin[]): PlacedMargin | undefined =>
  sites.reduce<PlacedMargin | undefined>((least, one) => (least && least.room <= one.room ? least : one), undefined);

function faultAt({ site, range, bound, holds }: Margin, layer: string, error: number | null, message: string): Fault {
  return { layer, error, site, range: finite(range), bound: finite(bound), holds, message };
}

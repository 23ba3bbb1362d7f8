import { type BenchCase, caseName as plainName, type RanCase } from '../../../bench/report.ts';

export const caseName = (one: BenchCase): string => plainName(one).replace(' -> ', '\u00a0→\u00a0');

/** A star tells that not all of it was run. */
export const named = (one: RanCase): string => `${caseName(one)}${one.extrapolatedFromLayers ? '\u00a0*' : ''}`;

/** One line for all cases that were cut alike. */
export function extrapolated(ran: readonly RanCase[]): string[] {
  const cuts = new Map<string, string[]>();
  for (const one of ran) {
    const layers = one.extrapolatedFromLayers?.join(' and ');
    if (layers !== undefined) cuts.set(layers, [...(cuts.get(layers) ?? []), caseName(one)]);
  }
  return [...cuts].map(
    ([layers, names]) => `* extrapolated from ${layers} layers, on a straight line: ${names.join('; ')}.`,
  );
}

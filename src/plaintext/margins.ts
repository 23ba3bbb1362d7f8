/** How much room values have below what the rings of a model hold. */
import { type Bound, headRoom, holds } from '../ops/bounds.ts';
import type { Site } from '../ops/sites.ts';

/** How far values went at a place of the model; without bounds, which the rings give. */
export type Measured = { site: string; range: Bound };

/** JSON has no infinity: what is boundless is as large as numbers are. */
export const finite = ({ least, most }: Bound): Bound => ({
  ...(least === undefined ? {} : { least: Math.min(least, Number.MAX_VALUE) }),
  most: Math.min(most, Number.MAX_VALUE),
});

/** A place that a ring binds. `room`: by how many bits values may grow; a mean square grows by two for one of these. */
export type Margin = { site: string; range: Bound; bound: Bound; room: number; holds: boolean };

/** A place of the model; or the entries of a tensor, which are known exactly. */
export type Bounded = Omit<Site, 'kind'> & { kind: Site['kind'] | 'entries' };

/** The places that bounds bind, tightest first. A place that was not measured is left out. */
export function marginsOf<B extends Bounded>(measured: readonly Measured[], bounds: readonly B[]): (B & Margin)[] {
  const ranges = new Map(measured.map(({ site, range }) => [site, range]));
  return bounds
    .filter(({ site, bound }) => ranges.has(site) && (bound.most < Number.POSITIVE_INFINITY || bound.least))
    .map((place) => {
      const [range, { bound, kind }] = [ranges.get(place.site)!, place];
      const room = headRoom(range, bound) / (kind === 'norm' ? 2 : 1);
      return { ...place, range, room, holds: holds(range, bound) };
    })
    .sort((a, b) => a.room - b.room);
}

/** What is wrong there, with both numbers: above if values go beyond, or else at the end of the range that has less room. */
export function describeBroken({ site, range, bound }: Pick<Margin, 'site' | 'range' | 'bound'>): string {
  const below = (range.least ?? Number.POSITIVE_INFINITY) / (bound.least ?? 0);
  if (!(range.most < bound.most) || !(below < bound.most / range.most)) {
    const [most, held] = unlike(range.most, bound.most);
    return `${site}: ${most} where ${held} holds`;
  }
  const [least, held] = unlike(range.least!, bound.least!);
  return `${site} goes down to ${least} where ${held} is held`;
}

/** Two numbers with as many digits as tell them apart. */
function unlike(a: number, b: number): [string, string] {
  const short: [string, string] = [figure(a), figure(b)];
  return short[0] === short[1] ? [String(a), String(b)] : short;
}

/** To four digits, or to one: 24,920; 252.4; 1.2e-9. */
export function figure(x: number): string {
  if (x >= 1e15 || (x > 0 && x < 1e-3)) return x.toExponential(1);
  if (x >= 999.95) return String(Math.round(x)).replace(/\B(?=(\d{3})+$)/g, ',');
  return String(Number(x.toPrecision(4)));
}

/** What rings say of single places, written down as briefly as can be. */
import type { ModelRing, SiteRing } from '../rings/schema.ts';

/** What a place is to have, and what it has when nothing is said of it. */
export type PlaceRing = { place: string; ring: SiteRing; base: SiteRing };

/** 'layer.3.down' -> 'down': what it is called in all layers. */
export const kindOf = (place: string): string => place.replace(/^layer\.\d+\./, '');

/** One entry for each kind of place, which says what most layers have, and one for every layer that differs. */
export function groupSites(places: readonly PlaceRing[]): ModelRing['sites'] {
  const kinds = new Map<string, PlaceRing[]>();
  for (const one of places) {
    const kind = kindOf(one.place);
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  const entries: [string, SiteRing][] = [];
  for (const [kind, all] of kinds) {
    const shared = mostCommon(all);
    entries.push([kind, changed(shared.base, shared.ring)]);
    for (const { place, ring } of all) entries.push([place, changed(shared.ring, ring)]);
  }
  return Object.fromEntries(entries.filter(([, change]) => Object.keys(change).length > 0)) as ModelRing['sites'];
}

/** The first of those that there are most of. */
function mostCommon(places: readonly PlaceRing[]): PlaceRing {
  const times = new Map<string, number>();
  const key = ({ ring }: PlaceRing) => JSON.stringify(ring);
  for (const one of places) times.set(key(one), (times.get(key(one)) ?? 0) + 1);
  const most = Math.max(...times.values());
  return places.find((one) => times.get(key(one)) === most)!;
}

/** What of `to` is not in `from`. */
function changed(from: SiteRing, to: SiteRing): SiteRing {
  const before = new Map(Object.entries(from));
  return Object.fromEntries(Object.entries(to).filter(([name, value]) => before.get(name) !== value));
}

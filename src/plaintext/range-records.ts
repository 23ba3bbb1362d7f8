/** How far values went, over batches of texts: each tells only what is news, so that a record of many batches stays small. */
import { wide } from '../ops/sites.ts';
import { finite, type Measured } from './margins.ts';

/** What covers all of them, by site. */
export function mergeMeasured(lists: readonly (readonly Measured[])[]): Measured[] {
  const ranges = new Map<string, Measured['range']>();
  for (const { site, range } of lists.flat()) {
    const known = ranges.get(site);
    ranges.set(site, known ? wide(known, range) : range);
  }
  return [...ranges].map(([site, range]) => ({ site, range })).sort((a, b) => (a.site < b.site ? -1 : 1));
}

/** Remembers what it has told. */
export class RangeNews {
  private readonly told: Map<string, Measured['range']>;

  constructor(told: readonly Measured[]) {
    this.told = new Map(told.map(({ site, range }) => [site, range]));
  }

  /** The sites where values have gone further than was ever told. */
  since(measured: readonly Measured[]): Measured[] {
    return measured.flatMap(({ site, range }) => {
      const known = this.told.get(site);
      const wider = finite(known ? wide(known, range) : range);
      if (known && wider.most === known.most && wider.least === known.least) return [];
      this.told.set(site, wider);
      return [{ site, range: wider }];
    });
  }
}

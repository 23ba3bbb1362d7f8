import { type Bound, tighter } from './bounds.ts';

/** A place of a model where a ring binds a value: how far values went, unless nobody looked, and what it holds. */
export type Site = { site: string; range?: Bound; bound: Bound };

/** Places by name, in the order of the model. */
export class Sites {
  private readonly found = new Map<string, Site>();

  /** At this place there is this bound, and values went so far: added to what is known of it. */
  note(site: string, bound: Bound, range?: Bound): void {
    const known = this.found.get(site);
    const wider = known?.range && range ? wide(known.range, range) : (known?.range ?? range);
    this.found.set(site, {
      site,
      bound: known ? tighter(known.bound, bound) : bound,
      ...(wider ? { range: wider } : {}),
    });
  }

  list(): Site[] {
    return [...this.found.values()];
  }
}

/** What covers both ranges. */
function wide(a: Bound, b: Bound): Bound {
  const least = a.least === undefined || b.least === undefined ? (a.least ?? b.least) : Math.min(a.least, b.least);
  return { ...(least === undefined ? {} : { least }), most: Math.max(a.most, b.most) };
}

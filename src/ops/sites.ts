import type { SiteKind } from '../rings/schema.ts';
import { type Bound, tighter } from './bounds.ts';
import type { Form } from './secure-values.ts';

/**
 * A place of a model where a ring binds a value: how far values went, unless nobody looked, and what it holds. `place` is what rings
 * call it: 'layer.3.down', 'layer.3.attention'.
 */
export type Site = {
  site: string;
  kind: SiteKind;
  place: string;
  range?: Bound;
  bound: Bound;
  /** The linear layers, gains and tables whose rings hold the value. None where the ring is that of the residual stream, or a constant. */
  rings?: readonly string[];
  /** Of a linear layer: the form of its input. */
  input?: Form;
};

/** Places by name, in the order of the model. */
export class Sites {
  private readonly found = new Map<string, Site>();

  /** At this place there is this bound, and values went so far: added to what is known of it. */
  note({ site, bound, range, ...what }: Site): void {
    const known = this.found.get(site);
    const wider = known?.range && range ? wide(known.range, range) : (known?.range ?? range);
    this.found.set(site, {
      site,
      ...what,
      bound: known ? tighter(known.bound, bound) : bound,
      ...(wider ? { range: wider } : {}),
    });
  }

  list(): Site[] {
    return [...this.found.values()];
  }
}

/** What covers both ranges. */
export function wide(a: Bound, b: Bound): Bound {
  const least = a.least === undefined || b.least === undefined ? (a.least ?? b.least) : Math.min(a.least, b.least);
  return { ...(least === undefined ? {} : { least }), most: Math.max(a.most, b.most) };
}

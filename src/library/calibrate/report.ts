/** What calibrate() makes of its measurements: a plan, the file, and the report. */
import type { PlanPrice } from '../../cost/plan-price.ts';
import { option, PumaError, words } from '../../errors.ts';
import type { ResolvedModel } from '../../loaders/resolve.ts';
import type { Model } from '../../models/model.ts';
import { describeBroken, finite, type Measured, marginsOf } from '../../plaintext/margins.ts';
import { boundsOf, entryBounds } from '../../plaintext/ranges.ts';
import { type Change, changesOf } from '../../plans/changes.ts';
import { CALIBRATION_FORMAT, type Calibration } from '../../plans/file.ts';
import { type Planned, type PlannedMargin, planRings } from '../../plans/plan.ts';
import type { ModelRing } from '../../rings/schema.ts';

export type Found = {
  model: ResolvedModel;
  program: Model;
  /** The default rings: those of the model without a plan. */
  ring: ModelRing;
  digest: string;
  data: Calibration['data'];
  measured: readonly Measured[];
  margin: number;
};

export type CalibrationReport = Pick<Calibration, 'digest' | 'data' | 'margin' | 'price'> & {
  model: string;
  /** With the rings of the plan, tightest first; `room` in bits, null where nothing came near. */
  sites: { site: string; range: Measured['range']; bound: Measured['range']; room: number | null }[];
  /** Places that the default rings do not hold on these texts. */
  broken: string[];
  changed: Change[];
  /** All rings of the plan. */
  ring: ModelRing;
  /** Where the plan is. */
  file: string;
  seconds: number;
  /** What config.json says that is not used, if there is anything. */
  warnings?: string[];
};

/** A plan for what was measured. Throws E_RANGE, with the places, when there is none. */
export async function planOf({ model, program, ring, data, measured, margin }: Found): Promise<Planned> {
  const padded = data.padTo !== undefined;
  const bounds = async (ring: ModelRing) => [...(await boundsOf(program, ring, padded)), ...entryBounds(program, ring)];
  const planned = await planRings({ ring, tensors: program.plan(), measured, margin, bounds });
  if (planned.broken.length > 0) throw noPlan(model.name, margin, planned.broken);
  return planned;
}

/** Places that are named. */
const NAMED = 5;

function noPlan(name: string, margin: number, broken: readonly PlannedMargin[]): PumaError {
  const lines = broken.slice(0, NAMED).map(describeBroken);
  const more = broken.length > NAMED ? [`and ${broken.length - NAMED} more`] : [];
  const bits = `${margin} bit${margin === 1 ? '' : 's'}`;
  const places = `${broken.length} place${broken.length === 1 ? '' : 's'}`;
  const what = `no rings within 64 bits hold ${name} on these texts with ${bits} of head room`;
  const message = [`${what}: ${places}`, ...lines, ...more].join('\n');
  return new PumaError('E_RANGE', message, words`Nothing is written. Try a smaller ${option('headRoom')}.`, 1);
}

/** What goes to the file. */
export function calibrationOf({ model, digest, data, margin }: Found, planned: Planned, price: PlanPrice): Calibration {
  return {
    format: CALIBRATION_FORMAT,
    created: new Date().toISOString(),
    ...{ model: model.name, digest, data, margin },
    ring: planned.ring,
    sites: placesOf(planned).map(({ site, range, bound, room }) => {
      return { site, range: finite(range), bound, ...(Number.isFinite(room) ? { room: Number(room.toFixed(2)) } : {}) };
    }),
    price,
  };
}

/** Without the entries of tensors, which are known. */
const placesOf = ({ margins }: Planned): PlannedMargin[] => margins.filter(({ kind }) => kind !== 'entries');

export async function reportOf(
  { model, program, ring, digest, data, measured, margin }: Found,
  planned: Planned,
  price: PlanPrice,
): Promise<Omit<CalibrationReport, 'file' | 'seconds'>> {
  const at = async (ring: ModelRing) => ({ ring, sites: await boundsOf(program, ring, data.padTo !== undefined) });
  const [before, after] = [await at(ring), await at(planned.ring)];
  return {
    ...{ model: model.name, digest, data, margin },
    sites: placesOf(planned).map(({ site, range, bound, room }) => {
      return { site, range: finite(range), bound, room: Number.isFinite(room) ? room : null };
    }),
    broken: marginsOf(measured, before.sites).flatMap(({ site, holds }) => (holds ? [] : [site])),
    changed: changesOf(before, after),
    ...{ price, ring: planned.ring },
  };
}

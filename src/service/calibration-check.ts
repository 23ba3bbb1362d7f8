import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { CALIBRATION_FILE, type Calibration, readCalibration } from '../loaders/calibration.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Ring } from '../loaders/rings.ts';
import type { Manifest } from '../loaders/shares.ts';
import type { Model } from '../models/model.ts';
import { boundsOf, type Margin, marginsOf } from './ranges.ts';

export type CheckOptions = {
  model: Pick<ResolvedModel, 'folder'>;
  program: Model;
  /** config.json as it is. */
  config: unknown;
  /** The rings in use. */
  ring: Ring;
  /** Go on when a bound is broken. */
  unsafe?: boolean;
};

/**
 * Looks at the calibration beside the weights, if there is one. Throws E_RANGE, naming the place, when values went further on its texts
 * than the rings in use hold; E_CALIBRATION when it cannot be used.
 */
export async function checkCalibration(options: CheckOptions): Promise<Manifest['calibration']> {
  const { model, program, config, ring, unsafe = false } = options;
  if (model.folder === undefined) return 'absent';
  const path = join(model.folder, CALIBRATION_FILE);
  const calibration = await readCalibration(path, config);
  if (!calibration) return 'absent';
  const broken = (await margins(path, calibration, program, ring)).filter((margin) => !margin.holds);
  if (broken.length === 0) return 'checked';
  if (unsafe) return 'overridden';
  const more = broken.length > 1 ? `, and ${broken.length - 1} more` : '';
  throw new PumaError('E_RANGE', `${path}: ${describeBroken(broken[0]!)}${more}`, RANGE_HINT);
}

const RANGE_HINT =
  'Choose another --linear-ring (puma calibrate proposes one), or give --unsafe-ranges: answers may then be wrong.';

/** Every place that the rings bind must have been measured. */
async function margins(path: string, { sites, data }: Calibration, program: Model, ring: Ring): Promise<Margin[]> {
  const bounds = await boundsOf(program, ring, data.padTo !== undefined);
  const known = new Set(sites.map(({ site }) => site));
  const missing = bounds.find(({ site }) => !known.has(site));
  if (!missing) return marginsOf(sites, bounds);
  const message = `${path} says nothing of ${missing.site}`;
  throw new PumaError('E_CALIBRATION', message, 'Make it again with this version: puma calibrate.');
}

/** What is wrong there, with both numbers. */
export function describeBroken({ site, range, bound }: Margin): string {
  return range.most < bound.most
    ? `${site} goes down to ${digits(range.least!)}; the rings in use hold ${digits(bound.least!)} or more`
    : `${site} goes up to ${digits(range.most)}; the rings in use hold less than ${digits(bound.most)}`;
}

const digits = (x: number): string => String(Number(x.toPrecision(4)));

/** What `puma calibrate` makes of its measurements. */
import { relative } from 'node:path';
import { CALIBRATION_FORMAT, type Calibration, configHash } from '../loaders/calibration.ts';
import { loadRegistry } from '../loaders/registry.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Model } from '../models/model.ts';
import { type CalibrateReport, showLinear } from '../report/calibrate.ts';
import {
  finite,
  type Judged,
  judge,
  type LinearRing,
  type Margin,
  type Measured,
  smallestRing,
} from '../service/ranges.ts';

export type Found = {
  model: ResolvedModel;
  program: Model;
  data: CalibrateReport['data'];
  measured: readonly Measured[];
  margins: readonly Margin[];
};

/** A small ring for linear layers, which is always looked at, beside the default one. */
const SMALL_LINEAR: LinearRing = { bits: 40, input: 12, weight: 13, results: 14 };

/** What goes to the file. */
export function calibrationOf(
  { model, data, measured, margins }: Found,
  config: unknown,
  { padTo, seed }: { padTo?: number; seed?: number },
): Calibration {
  const bySite = new Map(margins.map((margin) => [margin.site, margin]));
  return {
    format: CALIBRATION_FORMAT,
    created: new Date().toISOString(),
    model: model.name,
    config: configHash(config),
    data: { ...data, ...(padTo === undefined ? {} : { padTo }), ...(seed === undefined ? {} : { seed }) },
    linear: model.ring.linear,
    sites: measured.map(({ site, range }) => {
      const margin = bySite.get(site);
      if (!margin) return { site, range: finite(range) };
      const room = Number.isFinite(margin.room) ? { room: Number(margin.room.toFixed(2)) } : {};
      return { site, range: finite(range), bound: margin.bound, ...room };
    }),
  };
}

export async function reportOf(
  { model: { name, ring }, program, data, measured, margins }: Found,
  headRoom: number,
): Promise<Omit<CalibrateReport, 'file' | 'seconds'>> {
  const fine = loadRegistry().defaults.ring.linear;
  const known = new Map([ring.linear, fine, SMALL_LINEAR].map((linear) => [showLinear(linear), linear]));
  const rings: Judged[] = [];
  for (const linear of known.values()) rings.push(await judge(program, ring, linear, measured));
  let best: Judged | undefined;
  for (const fractions of [SMALL_LINEAR, fine]) {
    best ??= await smallestRing(program, ring, fractions, measured, headRoom);
  }
  if (best && !known.has(showLinear(best.linear))) rings.push(best);
  return {
    ...{ model: name, data, linear: ring.linear },
    sites: margins.map((margin) => ({ ...margin, range: finite(margin.range), room: roomOf(margin) })),
    rings: rings.map(({ linear, tightest }) => {
      return { linear, holds: tightest.holds, room: roomOf(tightest), tightest: tightest.site };
    }),
    ...{ headRoom, proposal: best ? showLinear(best.linear) : null },
  };
}

const roomOf = ({ room }: Margin): number | null => (Number.isFinite(room) ? room : null);

/** For people: the file as they would name it. */
export function shown(report: CalibrateReport): CalibrateReport {
  const near = relative('', report.file);
  return near.startsWith('..') ? report : { ...report, file: near };
}

import { createHash, randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { io } from './io.ts';
import { canonicalJson, firstIssue, isObject, readJson } from './json.ts';
import { Linear } from './rings.ts';

/**
 * How far the values of a model go on its owner's texts: `calibration.json` beside the weights. It tells of weights and texts, so it
 * stays with the owner: no party has it, and the manifest says only that it was looked at.
 */
export type Calibration = z.infer<typeof Calibration>;

export const CALIBRATION_FILE = 'calibration.json';
const FORMAT = 'puma-calibration/1';
const HINT = 'Make it again with puma calibrate, or remove it.';

const Magnitude = z.number().nonnegative();
const Range = z.strictObject({ least: Magnitude.optional(), most: Magnitude });

const Calibration = z.strictObject({
  format: z.literal(FORMAT),
  created: z.iso.datetime(),
  model: z.string(),
  /** SHA-256 of config.json, whatever the order of its keys. */
  config: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 sum'),
  data: z.strictObject({
    file: z.string(),
    texts: z.int().positive(),
    tokens: z.int().positive(),
    /** Texts that were longer than the model takes. */
    cut: z.int().nonnegative(),
    padTo: z.int().positive().optional(),
    seed: z.int().optional(),
  }),
  /** The ring of linear layers that `bound` and `room` are for; others are judged by `range`. */
  linear: Linear,
  sites: z.array(
    z.strictObject({
      site: z.string().min(1),
      range: Range,
      /** Missing where these rings bind nothing. */
      bound: Range.optional(),
      /** Bits between the two. */
      room: z.number().optional(),
    }),
  ),
});

export const CALIBRATION_FORMAT = FORMAT;

export const configHash = (config: unknown): string => createHash('sha256').update(canonicalJson(config)).digest('hex');

/** The calibration at this path, or undefined when there is none. Throws E_CALIBRATION for one that is broken or of another config. */
export async function readCalibration(path: string, config: unknown): Promise<Calibration | undefined> {
  if (!(await exists(path))) return undefined;
  const json = await readJson(path, 'E_CALIBRATION', HINT);
  const parsed = Calibration.safeParse(json);
  if (!parsed.success) throw new PumaError('E_CALIBRATION', `${path}: ${firstIssue(parsed.error)}`, HINT);
  if (parsed.data.config === configHash(config)) return parsed.data;
  throw new PumaError('E_CALIBRATION', `${path} was made for another config.json`, HINT);
}

/** Writes it, complete or not at all; replaces a calibration, but nothing else. */
export async function writeCalibration(path: string, calibration: Calibration): Promise<void> {
  await checkReplaceable(path);
  const partial = `${path}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await io('write', path, () => writeFile(partial, `${JSON.stringify(calibration, null, 1)}\n`, { flag: 'wx' }));
    await io('write', path, () => rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/** Throws E_EXISTS when something else is there. */
export async function checkReplaceable(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const json = await readJson(path, 'E_EXISTS', 'Choose another file.').catch(() => undefined);
  if (isObject(json) && String(json.format).startsWith('puma-calibration/')) return;
  throw new PumaError('E_EXISTS', `${path} is not replaced: it is no calibration`, 'Choose another file.');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { call, PumaError, words } from '../errors.ts';
import { io } from '../files/io.ts';
import { firstIssue, isObject, readJson } from '../files/json.ts';
import { ModelRing } from '../rings/schema.ts';

/**
 * The plan of a model: `calibration.json` beside the weights. How far values go on its owner's texts, and rings that hold them with a
 * margin. It tells of weights and texts, so it stays with the owner: no party has it. Its rings go to the manifest, which parties see.
 */
export type Calibration = z.infer<typeof Calibration>;

export const CALIBRATION_FILE = 'calibration.json';
export const CALIBRATION_FORMAT = 'puma-plan/1';
const HINT = words`Make it again with ${call('calibrate')}, or remove it.`;

const Magnitude = z.number().nonnegative();
const Range = z.strictObject({ least: Magnitude.optional(), most: Magnitude });
const Count = z.int().positive();
const Price = z.strictObject({ bytes: Count, rounds: Count, seconds: Magnitude });

export const Calibration = z.strictObject({
  format: z.literal(CALIBRATION_FORMAT),
  created: z.iso.datetime(),
  model: z.string(),
  /** Of the checkpoint (digest.ts). */
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 sum'),
  data: z.strictObject({
    file: z.string(),
    texts: Count,
    tokens: Count,
    /** Texts that were longer than the model takes. */
    cut: z.int().nonnegative(),
    padTo: Count.optional(),
    seed: z.int().optional(),
  }),
  /** Values may become 2^margin times as large as they are on these texts. */
  margin: Count,
  /** The rings that the plan proposes. */
  ring: ModelRing,
  sites: z.array(
    z.strictObject({
      site: z.string().min(1),
      range: Range,
      /** What the plan's rings hold there. */
      bound: Range,
      /** Bits between the two; missing where nothing came near. */
      room: z.number().optional(),
    }),
  ),
  /** Of an answer to a text of so many tokens, with the default rings and with those of the plan. Seconds are an estimate. */
  price: z.strictObject({ tokens: Count, padded: z.boolean(), default: Price, plan: Price }),
});

/** The plan at this path. Throws E_CALIBRATION for one that is broken or of another format. */
export async function readCalibration(path: string): Promise<Calibration> {
  const json = await readJson(path, 'E_CALIBRATION', HINT);
  const format = isObject(json) ? json.format : undefined;
  if (typeof format === 'string' && format !== CALIBRATION_FORMAT) {
    const found = JSON.stringify(format.slice(0, 60));
    const message = `${path} has the format ${found}; this version reads ${CALIBRATION_FORMAT}`;
    throw new PumaError('E_CALIBRATION', message, words`Make it again with ${call('calibrate')}.`);
  }
  const parsed = Calibration.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_CALIBRATION', `${path}: ${firstIssue(parsed.error)}`, HINT);
}

/** Writes it, complete or not at all; replaces a plan or an older calibration, but nothing else. */
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
  if (isObject(json) && /^puma-(plan|calibration)\//.test(String(json.format))) return;
  throw new PumaError('E_EXISTS', `${path} is not replaced: it is no plan of a model`, 'Choose another file.');
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

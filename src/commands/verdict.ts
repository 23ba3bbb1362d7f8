/** What `puma compare-plaintext` makes of answers that differ. */
import { Option } from 'commander';
import { PumaError } from '../errors.ts';
import { REFERENCE_TOLERANCE, TOLERANCE } from '../library/compare.ts';
import { positive } from '../library/fields.ts';
import { type Compared, type FaultReport, whatDiffers } from '../report/verdict.ts';
import { numberFor } from '../terminal/parse.ts';
import type { World } from '../terminal/verb.ts';

export type ToleranceOptions = { tolerance?: number };

export const TOLERANCE_OPTION = new Option(
  '--tolerance <t>',
  `exit with 3 if a logit is off by more; ${TOLERANCE} when left out, ${REFERENCE_TOLERANCE} with --reference`,
).argParser(numberFor(positive));

/** The fault with its remedy. */
export const shownFault = (fault: FaultReport | null): FaultReport | null =>
  fault && !fault.holds ? { ...fault, message: `${fault.message}; run puma calibrate` } : fault;

/**
 * The report, to be printed. If answers differ by more than the tolerance, or from a reference as `off` says, prints it and throws
 * E_DIFFERENCE, whose exit code is 3.
 */
export async function conclude(report: string, compared: Compared, { write }: World, off?: string): Promise<string> {
  if (compared.within && off === undefined) return report;
  await write(`${report}\n`);
  const apart = compared.within ? [] : [`${whatDiffers(compared)}; ${compared.fault!.message}`];
  throw new PumaError('E_DIFFERENCE', [...(off === undefined ? [] : [off]), ...apart].join('; '), undefined, 3);
}

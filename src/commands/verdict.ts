/** What `puma compare-plaintext` makes of answers that differ. */
import { Option } from 'commander';
import { PumaError } from '../errors.ts';
import { TOLERANCE } from '../library/compare.ts';
import { positive } from '../library/fields.ts';
import { type Compared, type FaultReport, whatDiffers } from '../report/verdict.ts';
import { numberFor } from '../terminal/parse.ts';
import type { World } from '../terminal/verb.ts';

export type ToleranceOptions = { tolerance?: number };

export const TOLERANCE_OPTION = new Option(
  '--tolerance <t>',
  `exit with 3 if a logit is off by more; ${TOLERANCE} when left out`,
).argParser(numberFor(positive));

/** The fault with its remedy. */
export const shownFault = (fault: FaultReport | null): FaultReport | null =>
  fault && !fault.holds ? { ...fault, message: `${fault.message}; run puma calibrate` } : fault;

/** The report, to be printed. If answers differ by more than the tolerance, prints it and throws E_DIFFERENCE, whose exit code is 3. */
export async function conclude(report: string, compared: Compared, { write }: World): Promise<string> {
  if (compared.within) return report;
  await write(`${report}\n`);
  throw new PumaError('E_DIFFERENCE', `${whatDiffers(compared)}; ${compared.fault!.message}`, undefined, 3);
}

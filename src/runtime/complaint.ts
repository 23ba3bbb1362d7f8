/** What a party says when it gives up, and what that means to whoever started it. */
import { PumaError, type Words } from '../errors.ts';
import type { Rank } from './faults.ts';

/** What a party process writes on its standard output, a JSON object a line. */
export type PartyEvent =
  /** The model's value of this name is computed. */
  { progress: string } | { error: Complaint };

/** A PumaError as it travels, or with a stack any other error. */
export type Complaint = Pick<PumaError, 'code' | 'exitCode'> & PumaError['said'] & { stack?: string };

export type Fate = { rank: Rank; error: Error };

/** The error that a party told us of, in its name. */
export function errorOf(role: number, { code, message, remedy, exitCode, stack }: Complaint): Fate {
  if (stack !== undefined) {
    const error = new Error(String(message));
    return { rank: 'said', error: Object.assign(error, { stack: `in party ${role}: ${stack}` }) };
  }
  // What it says of another party needs no name before it.
  if (code === 'E_PEER') return { rank: 'lost', error: new PumaError(code, message, remedy, exitCode) };
  const named: Words = [`party ${role}: `, ...(typeof message === 'string' ? [message] : message)];
  return { rank: 'said', error: new PumaError(code, named, remedy, exitCode) };
}

/** What a party tells of an error. */
export function complaintOf(error: unknown): Complaint {
  if (error instanceof PumaError) return { code: error.code, exitCode: error.exitCode, ...error.said };
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return { code: 'E_INTERNAL', message, exitCode: 1, stack };
}

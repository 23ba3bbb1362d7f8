/** What went wrong, where, and what to do: the one error type that users are meant to read. */
export class PumaError extends Error {
  override readonly name = 'PumaError';

  /**
   * @param code stable, upper case, e.g. `E_SHAPE`
   * @param message one line: what is wrong and where
   * @param hint one line: what to do about it
   * @param exitCode 2 for the caller's mistake (the default), 3 for answers that differ, 1 for anything else
   */
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly exitCode: 1 | 2 | 3 = 2,
  ) {
    super(message);
  }
}

/** An invariant of ours. A failure is a bug in Puma, never the caller's mistake. */
export function ensure(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}

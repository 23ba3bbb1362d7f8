/** What the work gives; or the reason of the first signal that is aborted, as soon as it is. */
export async function unlessAborted<T>(work: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signals.find((signal) => signal.aborted)!.reason);
  });
  aborted.catch(() => {});
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some((signal) => signal.aborted)) abort();
  work.catch(() => {});
  return Promise.race([work, aborted]).finally(() => {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  });
}

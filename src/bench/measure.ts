import { setImmediate as pause } from 'node:timers/promises';

/** Of several runs. With an even number of them the median is the faster of the middle two: a run that happened. */
export type Measured = { median: number; min: number; max: number };

export function measured(values: readonly number[]): Measured {
  return { median: values[middle(values)]!, min: Math.min(...values), max: Math.max(...values) };
}

/** The index of the median. */
export function middle(values: readonly number[]): number {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  return order[(order.length - 1) >> 1]!;
}

/** One bar of a step: so much is done. */
export type Step = { to(done: number, detail?: string): void; end(): void };

/** How a measurement is followed and ended. */
export type Watch = {
  signal: AbortSignal;
  progress(title: string, total: number): Step;
};

/** Lets Ctrl-C through between loops that never wait. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await pause();
  signal.throwIfAborted();
}

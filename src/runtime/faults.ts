import { setTimeout as sleep } from 'node:timers/promises';
import { PumaError } from '../errors.ts';

/** How much a failure says about its cause, best first. */
const RANKS = [
  'killed', // by a signal that was not ours
  'said', // a party gave a reason of its own
  'noticed', // this end did
  'ended', // a party ended without a word
  'lost', // one end lost sight of another: follows from something else
] as const;

export type Rank = (typeof RANKS)[number];

/** In ms: how long to look for a better cause when there is a fair one, and when there is none. */
const LOOK = 100;
const LOOK_LONGER = 1000;

/**
 * Collects what goes wrong in a run. One death makes every other end complain, in any order: the cause is the best-ranked
 * failure that turns up within a moment of the first, and of these the earliest.
 */
export class Faults {
  private readonly found: { rank: number; error: Error }[] = [];
  private reject: (error: Error) => void = () => {};

  /** Rejects, with no particular error, when there is a first failure. */
  readonly first = new Promise<never>((_, reject) => {
    this.reject = reject;
  });
  raised = false;

  constructor() {
    this.first.catch(() => {});
  }

  add(rank: Rank, error: Error): void {
    this.found.push({ rank: RANKS.indexOf(rank), error });
    this.interrupt();
  }

  /** Ends whatever waits, for a reason known elsewhere. */
  interrupt(): void {
    this.raised = true;
    this.reject(new Error('the run has failed'));
  }

  /** Of an error that a waiting end sees: its link failed, or something of its own went wrong. */
  notice(error: Error): void {
    this.add(error instanceof PumaError && error.code === 'E_PEER' ? 'lost' : 'noticed', error);
  }

  /** Why the run failed. Rejects with the signal's reason as soon as it is aborted. */
  async cause(signal?: AbortSignal): Promise<Error> {
    const weak = RANKS.indexOf('lost');
    for (let waited = 0; ; waited += TICK) {
      if (waited >= (this.best().rank < weak ? LOOK : LOOK_LONGER)) return this.best().error;
      await sleep(TICK);
      signal?.throwIfAborted();
    }
  }

  private best(): { rank: number; error: Error } {
    return this.found.reduce((a, b) => (b.rank < a.rank ? b : a));
  }
}

const TICK = 20;

/** What a run spends on each kind of work: linear layers, attention, ... One per party. */
import type { WorkKind } from '../work/kinds.ts';

export type Spent = { seconds: number; sent: number };

/**
 * Seconds and sent bytes (headers included) by kind. While several kinds are under way, time is divided among them evenly, so that the
 * sum is the time that passed.
 */
export class Spending {
  private readonly kinds = new Map<WorkKind, Spent>();
  private readonly active: WorkKind[] = [];
  private last = 0;

  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Work of a kind begins. -> call it at its end */
  enter(kind: WorkKind): () => void {
    this.tick();
    this.active.push(kind);
    return () => {
      this.tick();
      this.active.splice(this.active.lastIndexOf(kind), 1);
    };
  }

  /** The kind of work that began last and goes on. */
  get kind(): WorkKind {
    return this.active.at(-1) ?? 'other';
  }

  sent(kind: WorkKind | undefined, bytes: number): void {
    this.of(kind ?? 'other').sent += bytes;
  }

  /** What was spent since the last call. */
  take(): Partial<Record<WorkKind, Spent>> {
    this.tick();
    const spent = Object.fromEntries(this.kinds);
    this.kinds.clear();
    return spent;
  }

  private tick(): void {
    const now = this.clock();
    for (const kind of this.active) this.of(kind).seconds += (now - this.last) / 1000 / this.active.length;
    this.last = now;
  }

  private of(kind: WorkKind): Spent {
    const spent = this.kinds.get(kind) ?? { seconds: 0, sent: 0 };
    this.kinds.set(kind, spent);
    return spent;
  }
}

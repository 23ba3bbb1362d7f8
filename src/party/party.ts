import type { Kernels, Lanes } from '../kernels/index.ts';
import type { Role } from '../transport/address.ts';
import type { WorkKind } from '../work/kinds.ts';
import { Place } from './place.ts';
import { lanes } from './random.ts';
import { Region } from './region.ts';
import type { Session } from './session.ts';
import { Step } from './step.ts';

/** What a stretch of the program has used so far, and the kind of work it does now. */
type Stretch = {
  rounds: number;
  roundsBy: Map<WorkKind, number>;
  kind: WorkKind | undefined;
};

const newStretch = (kind?: WorkKind): Stretch => ({ rounds: 0, roundsBy: new Map(), kind });

/**
 * One party in one stretch of the program. Protocols take steps and arrays from it; code that wants to run side by side goes
 * through all(), which gives each branch a place of its own.
 */
export class Party {
  constructor(
    readonly session: Session,
    private readonly place: Place = new Place(),
    private readonly stretch: Stretch = newStretch(),
    private readonly region?: Region,
  ) {}

  get role(): Role {
    return this.session.role;
  }

  get kernels(): Kernels {
    return this.session.kernels;
  }

  get deals(): boolean {
    return this.session.role === 0;
  }

  /** Dependent exchanges so far on the longest chain that leads here. */
  get rounds(): number {
    return this.stretch.rounds;
  }

  /** The same, by kind of work. */
  get roundsBy(): ReadonlyMap<WorkKind, number> {
    return this.stretch.roundsBy;
  }

  /** The kind of work that steps are taken for now (spending.ts). */
  get kind(): WorkKind | undefined {
    return this.stretch.kind;
  }

  /** A public table, made at its first use. */
  table<T>(name: string, make: () => T): T {
    const { tables } = this.session;
    if (!tables.has(name)) tables.set(name, make());
    return tables.get(name) as T;
  }

  /** Takes the next step of the program. Call it before the first await of whatever it is for. */
  step(): Step<Party> {
    return new Step<Party>(this, this.place.next());
  }

  /** n uninitialised lanes: the caller writes every one of them. They last as long as the scope they are taken in. */
  lanes(n: number): Lanes {
    return this.region ? this.region.lanes(n) : lanes(n);
  }

  /** n lanes of zeros. */
  zeros(n: number): Lanes {
    return this.lanes(n).fill(0n);
  }

  copy(a: Lanes): Lanes {
    const out = this.lanes(a.length);
    out.set(a);
    return out;
  }

  /** n uninitialised lanes that last as long as `array`. */
  lanesBeside(array: Lanes, n: number): Lanes {
    return this.region?.of(array)?.lanes(n) ?? lanes(n);
  }

  /** Bytes for one message, which the link that sends it gives back. */
  message(bytes: number): Uint8Array {
    return this.session.buffers.take(bytes);
  }

  /** What has been received is the scope's from now on. */
  adopt(message: Uint8Array): Uint8Array {
    this.region?.adopt(message);
    return message;
  }

  /** Whether the memory of an array is used again when a scope ends. */
  holds(array: Uint8Array): boolean {
    return this.region?.of(array) !== undefined;
  }

  /** Runs work whose arrays are used again by others when it is done, but for those that its result refers to. */
  async scope<R>(work: (party: Party) => Promise<R>): Promise<R> {
    const region = this.inner();
    const result = await work(this.within(region));
    region.end(result);
    return result;
  }

  /** scope() for one stage of many: what it is given is used up, so its arrays go too. */
  async stage<R>(given: R, work: (party: Party) => Promise<R>): Promise<R> {
    const result = await this.scope(work);
    this.region?.drop(given, result);
    return result;
  }

  /** scope() for what waits for nothing. */
  scopeNow<R>(work: (party: Party) => R): R {
    const region = this.inner();
    const result = work(this.within(region));
    region.end(result);
    return result;
  }

  /** For values that are kept beyond the program's calls: no scope takes their arrays. */
  keep<R>(value: R): R {
    this.region?.release(value);
    return value;
  }

  /** Does work of a kind, in a scope. */
  async during<R>(kind: WorkKind, work: (party: Party) => Promise<R>): Promise<R> {
    const before = this.kind;
    this.stretch.kind = kind;
    const leave = this.session.spending?.enter(kind);
    try {
      return await this.scope(work);
    } finally {
      leave?.();
      this.stretch.kind = before;
    }
  }

  /** Runs independent branches side by side: their messages overlap, and their rounds count once. */
  async all<R extends readonly unknown[]>(
    ...branches: { [I in keyof R]: (party: Party) => Promise<R[I]> }
  ): Promise<R> {
    const stretches = branches.map(() => newStretch(this.kind));
    const parties = this.place
      .fork(branches.length)
      .map((place, i) => new Party(this.session, place, stretches[i]!, this.region));
    const results = await Promise.all(branches.map((branch, i) => branch(parties[i]!)));
    const longest = stretches.reduce<Stretch | undefined>((a, b) => (a && a.rounds >= b.rounds ? a : b), undefined);
    for (const [kind, rounds] of longest?.roundsBy ?? []) this.countRounds(rounds, kind);
    return results as unknown as R;
  }

  countRounds(rounds: number, kind: WorkKind = this.kind ?? 'other'): void {
    const { stretch } = this;
    stretch.rounds += rounds;
    stretch.roundsBy.set(kind, (stretch.roundsBy.get(kind) ?? 0) + rounds);
  }

  /** Rounds begin at 0 again. */
  restart(): void {
    this.stretch.rounds = 0;
    this.stretch.roundsBy = new Map();
  }

  private inner(): Region {
    return new Region(this.session.buffers, this.region);
  }

  private within(region: Region): Party {
    return new Party(this.session, this.place, this.stretch, region);
  }
}

/** A protocol whose intermediate arrays go when it is done: only what its result refers to stays. */
export const scoped =
  <A extends unknown[], R>(protocol: (party: Party, ...args: A) => Promise<R>) =>
  (party: Party, ...args: A): Promise<R> =>
    party.scope((inner) => protocol(inner, ...args));

import type { Kernels, Lanes } from '../kernels/index.ts';
import type { Link } from '../transport/link.ts';
import { Place } from './place.ts';
import type { Spending } from './spending.ts';
import { Step } from './step.ts';

/** 0 deals, 1 and 2 evaluate. */
export type Role = 0 | 1 | 2;

/** Payload handed to the links, in bytes without headers: what the declared prices are measured against. */
export type Meter = { dealt: number; online: number; messages: number };

/** What lasts for a whole run at one party. */
export type Session = {
  role: Role;
  kernels: Kernels;
  /** Seeds shared with party 0, 1, 2: the entry of a party's own role is empty. Seed 1 of the dealer is seed 0 of evaluator 1. */
  seeds: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Links to party 0, 1, 2; the own entry is missing. */
  links: readonly (Link | undefined)[];
  meter: Meter;
  /** Tables made once per run, by name. */
  tables: Map<string, unknown>;
  /** Counts time and bytes by kind of work, where somebody wants to know. */
  spending?: Spending;
  /** The dealer's masks of what it is about to send: used again by every message. */
  scratch?: Lanes;
};

/**
 * One party in one stretch of the program. Protocols take steps from it; code that wants to run side by side goes
 * through all(), which gives each branch a place of its own.
 */
export class Party {
  /** Dependent exchanges so far on the longest chain that leads here. */
  rounds = 0;
  /** The same, by kind of work. */
  roundsBy = new Map<string, number>();
  /** The kind of work that steps are taken for now (spending.ts). */
  kind: string | undefined;

  constructor(
    readonly session: Session,
    private readonly place: Place = new Place(),
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

  /** A public table, made at its first use. */
  table<T>(name: string, make: () => T): T {
    const { tables } = this.session;
    if (!tables.has(name)) tables.set(name, make());
    return tables.get(name) as T;
  }

  /** Takes the next step of the program. Call it before the first await of whatever it is for. */
  step(): Step {
    return new Step(this, this.place.next());
  }

  /** Does work of a kind. */
  async during<R>(kind: string, work: () => Promise<R>): Promise<R> {
    const before = this.kind;
    this.kind = kind;
    const leave = this.session.spending?.enter(kind);
    try {
      return await work();
    } finally {
      leave?.();
      this.kind = before;
    }
  }

  /** Runs independent branches side by side: their messages overlap, and their rounds count once. */
  async all<R extends readonly unknown[]>(
    ...branches: { [I in keyof R]: (party: Party) => Promise<R[I]> }
  ): Promise<R> {
    const parties = this.place.fork(branches.length).map((place) => new Party(this.session, place));
    for (const party of parties) {
      party.kind = this.kind;
    }
    const results = await Promise.all(branches.map((branch, i) => branch(parties[i]!)));
    const longest = parties.reduce<Party | undefined>((a, b) => (a && a.rounds >= b.rounds ? a : b), undefined);
    for (const [kind, rounds] of longest?.roundsBy ?? []) this.countRounds(rounds, kind);
    return results as unknown as R;
  }

  countRounds(rounds: number, kind = this.kind ?? 'other'): void {
    this.rounds += rounds;
    this.roundsBy.set(kind, (this.roundsBy.get(kind) ?? 0) + rounds);
  }

  /** Rounds begin at 0 again. */
  restart(): void {
    this.rounds = 0;
    this.roundsBy = new Map();
  }
}

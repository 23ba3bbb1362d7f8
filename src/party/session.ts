import type { Kernels } from '../kernels/index.ts';
import type { Role } from '../transport/address.ts';
import type { Buffers } from '../transport/buffers.ts';
import type { Link } from '../transport/link.ts';
import type { Spending } from './spending.ts';

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
  /** Memory for arrays and messages; the links give back what they have sent. */
  buffers: Buffers;
  /** Counts time and bytes by kind of work, where somebody wants to know. */
  spending?: Spending;
};

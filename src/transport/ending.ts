/**
 * How a link ends. An orderly close is announced by a goodbye, so that it can be told from a death; a party which gives
 * up sends the reason, so that all three print the first cause. Both are frames under reserved labels, never counted.
 */
import { PumaError } from '../errors.ts';
import { LABEL_BYTES, type Label } from './link.ts';

const RESERVED = '\xff'.repeat(LABEL_BYTES - 1);
export const GOODBYE: Label = `${RESERVED}\xff`;
export const ABORT: Label = `${RESERVED}\xfe`;
export const HELLO: Label = `${RESERVED}\xfd`;

/** Bytes of UTF-8 that a reason may have. */
export const MAX_REASON = 500;

/** Labels of eleven 0xff bytes and any twelfth belong to the transport. */
export const isReserved = (label: Label): boolean => label.startsWith(RESERVED);

/** The connection ended without a goodbye. */
export const hungUp = (peer: string): PumaError =>
  new PumaError('E_PEER', `${peer} hung up`, 'it was stopped or it crashed: its own output says more', 1);

/** The other end has finished in order, and this end still waits for something: the two run different programs. */
export const closedEarly = (peer: string): PumaError =>
  new PumaError('E_PEER', `${peer} closed before sending what was expected`, 'do all ends run the same request?', 1);

/** The other end gave up and said why. */
export const stopped = (peer: string, reason: Uint8Array): PumaError =>
  new PumaError('E_PEER', `${peer} stopped: ${decodeReason(reason)}`, undefined, 1);

/** What arrived is not our protocol: no sane continuation exists. */
export const nonsense = (peer: string, what: string): PumaError =>
  new PumaError('E_PROTOCOL', `${peer} sent nonsense: ${what}`, 'is it a Puma of the same version?', 1);

/** The message of an error as at most MAX_REASON bytes of one line. */
export function encodeReason(message: string): Uint8Array {
  const bytes = new Uint8Array(MAX_REASON);
  const { written } = new TextEncoder().encodeInto(oneLine(message), bytes); // whole characters only
  return bytes.slice(0, written);
}

/** Cleaned again on arrival: what another machine sent goes to somebody's terminal. */
export function decodeReason(bytes: Uint8Array): string {
  return oneLine(new TextDecoder().decode(bytes.subarray(0, MAX_REASON))) || 'no reason given';
}

/** White space, control and format characters become one space. */
const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();

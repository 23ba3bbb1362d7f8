/**
 * The first frame in each direction says who speaks: protocol, run and role, as text. It keeps runs and versions apart
 * and tells a stranger from a party; it does not authenticate against somebody who knows the run's id.
 */
import type { Socket } from 'node:net';
import type { End, Role } from './address.ts';
import { ABORT, decodeReason, encodeReason, HELLO } from './ending.ts';
import { encodeFrame } from './frames.ts';
import type { Intake } from './intake.ts';
import { LABEL_BYTES } from './link.ts';

export const PROTOCOL = 'puma/1';

/** Bytes of label and text that a first frame may have: more than any hello or refusal. */
const MAX_FIRST = 600;

export type FirstWord = { hello: string } | { refusal: string } | 'nothing' | 'nonsense';

export const helloFrame = (runId: string, who: End): Uint8Array =>
  encodeFrame(HELLO, Buffer.from(`${PROTOCOL} ${runId} ${who}`));

/** Tells a caller why it is not let in. */
export const refusalFrame = (reason: string): Uint8Array => encodeFrame(ABORT, encodeReason(reason));

/** Who says this hello, or what is wrong with it. */
export function identify(hello: string, runId: string): { who: End } | { wrong: string } {
  const [protocol = '', run, who] = hello.split(' ');
  if (protocol !== PROTOCOL) return { wrong: `${PROTOCOL} is spoken here, not ${JSON.stringify(protocol)}` };
  if (run !== runId) return { wrong: 'this is another run' };
  if (who === 'client') return { who };
  if (who === '0' || who === '1' || who === '2') return { who: Number(who) as Role };
  return { wrong: `there is no party ${JSON.stringify(who)}` };
}

/** Reads the first frame and no more: bytes behind it stay in the intake. 'nothing' if the connection closes first. */
export function firstWord(socket: Socket, intake: Intake): Promise<FirstWord> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    const room = new Uint8Array(4 + MAX_FIRST);
    const done = (word: FirstWord, rest = 0) => {
      intake.stop(seen.subarray(seen.length - rest));
      socket.pause().off('close', onClose);
      resolve(word);
    };
    const onClose = () => done('nothing');
    const filled = (from: Uint8Array, bytes: number) => {
      seen = Buffer.concat([seen, from.subarray(0, bytes)]);
      const word = parse(seen);
      if (word) done(word.first, Math.max(0, seen.length - word.bytes));
    };
    if (socket.destroyed) return resolve('nothing');
    socket.on('close', onClose).resume();
    intake.pour({ room: () => room, filled });
  });
}

/** Undefined while the frame is incomplete. */
function parse(seen: Buffer): { first: FirstWord; bytes: number } | undefined {
  if (seen.length < 4) return undefined;
  const bytes = 4 + seen.readUInt32LE(0);
  if (bytes < 4 + LABEL_BYTES || bytes > 4 + MAX_FIRST) return { first: 'nonsense', bytes: 4 };
  if (seen.length < bytes) return undefined;
  const label = seen.toString('latin1', 4, 4 + LABEL_BYTES);
  const text = seen.subarray(4 + LABEL_BYTES, bytes);
  if (label === HELLO) return { first: { hello: text.toString('utf8') }, bytes };
  if (label === ABORT) return { first: { refusal: decodeReason(text) }, bytes };
  return { first: 'nonsense', bytes };
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PumaError } from '../errors.ts';
import { type Address, describe, type End, nameOf } from './address.ts';
import { firstWord, helloFrame, identify } from './hello.ts';
import { Intake } from './intake.ts';

export type Call = {
  address: Address;
  /** Who should answer there. */
  to: End;
  me: End;
  runId: string;
  /** Ends the attempts. */
  signal: AbortSignal;
  /** Told why an attempt came to nothing. */
  onTrouble?: (trouble: string) => void;
};

/** `again`: not there yet; `wrong`: somebody is there who will never be right. */
/** A connection that has shaken hands, and what is read from it. */
export type Connection = { socket: Socket; intake: Intake };

type Attempt = Connection | { again: string } | { wrong: string };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/**
 * A connection that has shaken hands. Tries until the signal says stop, since parties start in any order; then rejects
 * with the signal's reason. Throws E_PROTOCOL at once when somebody else answers.
 */
export async function dial(call: Call): Promise<Connection> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    call.signal.throwIfAborted();
    const attempt = await tryOnce(call);
    if ('socket' in attempt) return attempt;
    if ('wrong' in attempt) throw notOurs(call.address, attempt.wrong);
    call.onTrouble?.(attempt.again);
    await sleep(pause, undefined, { signal: call.signal });
  }
}

async function tryOnce({ address, to, me, runId, signal }: Call): Promise<Attempt> {
  const intake = new Intake();
  const socket = connect({ ...address, onread: intake.onread });
  socket.on('error', () => {}); // seen by those who wait below; never to be thrown
  const hangUp = () => socket.destroy();
  signal.addEventListener('abort', hangUp);
  try {
    await once(socket, 'connect', { signal });
    socket.write(helloFrame(runId, me));
    const word = await firstWord(socket, intake);
    if (word === 'nothing') return { again: 'it closed the connection without a word' };
    const wrong = word === 'nonsense' ? 'it does not speak our protocol' : misfit(word, to, runId);
    if (wrong === undefined) return { socket, intake };
    hangUp();
    return { wrong };
  } catch (error) {
    hangUp();
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? { wrong: message } : { again: code ?? message };
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
}

function misfit(word: { hello: string } | { refusal: string }, to: End, runId: string): string | undefined {
  if ('refusal' in word) return `it said: ${word.refusal}`;
  const identity = identify(word.hello, runId);
  if ('wrong' in identity) return identity.wrong;
  if (identity.who !== to)
    return `it is ${nameOf(identity.who)}, not ${nameOf(to)}: do all ends have the same addresses?`;
  return undefined;
}

const notOurs = (address: Address, why: string): PumaError =>
  new PumaError('E_PROTOCOL', `the process at ${describe(address)} is not a Puma party of this run`, why, 1);

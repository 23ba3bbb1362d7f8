import type { Socket } from 'node:net';
import { type Address, type End, nameOf } from './address.ts';
import type { Connection } from './dial.ts';
import { type FirstWord, firstWord, helloFrame, identify, refusalFrame } from './hello.ts';
import { Intake } from './intake.ts';
import { type Door, listen } from './listen.ts';

export type Reception = {
  address: Address;
  me: End;
  runId: string;
  expected: readonly End[];
  /** How long a caller may take to say hello, in ms. */
  helloMs: number;
  onGuest: (who: End, guest: Connection) => void;
  /** Told why a caller was turned away. */
  onTrouble: (trouble: string) => void;
};

/**
 * Listens, and lets in each expected end once. Callers with a wrong hello or none lose their own connection and nothing
 * else: a stranger must not be able to stop a run. Throws E_ADDRESS.
 */
export async function receiveGuests(reception: Reception): Promise<Door> {
  const { me, runId, helloMs, onGuest, onTrouble } = reception;
  const missing = new Set<End>(reception.expected);
  const strangers = new Set<Socket>();

  async function knock(socket: Socket): Promise<void> {
    socket.on('error', () => {}); // a broken connection is a closed one
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
    const timer = setTimeout(() => socket.destroy(), helloMs);
    const intake = Intake.of(socket);
    const word = await firstWord(socket, intake);
    clearTimeout(timer);
    const verdict = judge(word, runId, reception.expected, missing);
    if ('wrong' in verdict) {
      onTrouble(verdict.wrong);
      socket.end(refusalFrame(verdict.wrong), () => socket.destroy());
      return;
    }
    strangers.delete(socket);
    missing.delete(verdict.who);
    socket.write(helloFrame(runId, me));
    onGuest(verdict.who, { socket, intake });
  }

  const door = await listen(reception.address, (socket) => void knock(socket));
  return {
    async close() {
      await door.close();
      for (const socket of strangers) socket.destroy();
    },
  };
}

function judge(
  word: FirstWord,
  runId: string,
  expected: readonly End[],
  missing: ReadonlySet<End>,
): { who: End } | { wrong: string } {
  if (word === 'nothing') return { wrong: 'no hello came' };
  if (word === 'nonsense' || 'refusal' in word) return { wrong: 'that is no hello' };
  const identity = identify(word.hello, runId);
  if ('wrong' in identity) return identity;
  if (!expected.includes(identity.who)) return { wrong: `${nameOf(identity.who)} does not call here` };
  if (!missing.has(identity.who)) return { wrong: `${nameOf(identity.who)} is here already` };
  return identity;
}

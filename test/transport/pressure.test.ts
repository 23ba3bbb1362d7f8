import { describe, expect, test } from 'vitest';
import type { Link } from '../../src/transport/link.ts';
import { KINDS, label, type Pair, settle, until } from './pairs.ts';

const KB = 1024;
const bounds = { highWater: 256 * KB, maxHeld: 512 * KB };
/** What a kernel may hold on the way, generously, and one read in progress. */
const KERNEL = 8000 * KB;
const messageBytes = 64 * KB;
const messages = 400; // 25 MB

/** Sends as fast as the brake allows; says how far it has come. */
function pump(link: Link, name: string): { sent: number; done: Promise<void> } {
  const state = { sent: 0, done: Promise.resolve() };
  state.done = (async () => {
    for (; state.sent < messages; state.sent++) {
      await link.drained();
      link.send(label(name, state.sent), new Uint8Array(messageBytes).fill(state.sent));
    }
  })();
  return state;
}

async function drain(link: Link, name: string, from = 0): Promise<void> {
  for (let i = from; i < messages; i++) expect((await link.receive(label(name, i)))[0]).toBe(i % 256);
}

/** Until nothing has moved for a while. */
async function standstill(progress: () => number): Promise<void> {
  for (let before = -1; before !== progress(); ) {
    before = progress();
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe.each(KINDS)('%s', (_kind, pair) => {
  test('a sender without a reader stops, both ends hold little, and a reader sets it going again', async () => {
    const [one, two] = await pair(bounds);
    const sender = pump(one, 'm');
    await standstill(() => sender.sent);
    expect(sender.sent).toBeLessThan(messages);
    expect(two.traffic.received).toBeLessThan(bounds.maxHeld + 3 * messageBytes);
    expect(one.traffic.sent - two.traffic.received).toBeLessThan(bounds.highWater + 3 * messageBytes + KERNEL);
    await drain(two, 'm');
    await sender.done;
    await Promise.all([one.close(), two.close()]);
  });

  test('both ends flood each other, then both read', async () => {
    const [one, two] = await pair(bounds);
    const senders = [pump(one, 'up'), pump(two, 'down')];
    await standstill(() => senders[0]!.sent + senders[1]!.sent);
    await Promise.all([drain(two, 'up'), drain(one, 'down')]);
    await Promise.all(senders.map((sender) => sender.done));
    await Promise.all([one.close(), two.close()]);
  });

  test('a full inbox does not keep out the message that somebody waits for', async () => {
    const [one, two] = await pair(bounds);
    const sender = pump(one, 'm');
    await standstill(() => sender.sent);
    expect(sender.sent).toBeLessThan(messages);
    expect((await two.receive(label('m', messages - 1))).length).toBe(messageBytes);
    await sender.done;
    for (let i = 0; i < messages - 1; i++) await two.receive(label('m', i));
    await Promise.all([one.close(), two.close()]);
  });

  test('a goodbye behind a full inbox is found when the reader comes', async () => {
    const [one, two] = await pair(bounds);
    const sender = pump(one, 'm');
    const closed = sender.done.then(() => one.close());
    await standstill(() => sender.sent);
    await drain(two, 'm');
    await expect(two.receive(label('more'))).rejects.toThrow('party 1 closed before sending what was expected');
    await closed;
    await two.close();
  });

  test('a braked sender is released when the other end dies', async () => {
    const [one, two] = await pair(bounds);
    const sender = pump(one, 'm');
    await standstill(() => sender.sent);
    two.destroy(new Error('enough'));
    await expect(sender.done).rejects.toThrow('party 2 stopped: enough');
    await Promise.all([one.close(), two.close()]);
  });

  test('dealer and evaluators with hardly any room never wait for each other in a circle', async () => {
    await dealerAndEvaluators(pair);
  });
});

/** The program of the argument in endpoint.ts: each operation needs the dealer's help and an exchange; some overlap. */
async function dealerAndEvaluators(pair: Pair): Promise<void> {
  const tight = { highWater: 4 * KB, maxHeld: 8 * KB };
  const [[d1, e1], [d2, e2], [x1, x2]] = await Promise.all([pair(tight), pair(tight), pair(tight)]);
  const operations = 300;
  const help = 20 * KB;
  const finished: number[] = [];

  async function dealer(): Promise<void> {
    for (let i = 0; i < operations; i++) {
      for (const link of [d1, d2]) link.send(label('help', i), new Uint8Array(help));
      await Promise.all([d1.drained(), d2.drained()]);
    }
  }
  async function operation(fromDealer: Link, other: Link, i: number): Promise<void> {
    other.send(label('swap', i), new Uint8Array(help));
    const [, theirs] = await Promise.all([fromDealer.receive(label('help', i)), other.receive(label('swap', i))]);
    expect(theirs.length).toBe(help);
    finished.push(i);
  }
  async function evaluator(fromDealer: Link, other: Link, overlap: number, pauseEvery: number): Promise<void> {
    for (let i = 0; i < operations; i += overlap) {
      if (i % pauseEvery < overlap) await new Promise((resolve) => setTimeout(resolve, 2));
      const group = Array.from({ length: Math.min(overlap, operations - i) }, (_, k) => i + k);
      await Promise.all(group.map((each) => operation(fromDealer, other, each)));
    }
  }

  await Promise.all([dealer(), evaluator(e1, x1, 1, 10), evaluator(e2, x2, 3, 50)]);
  await until(() => finished.length === 2 * operations);
  await Promise.all([d1, e1, d2, e2, x1, x2].map((link) => link.close()));
}

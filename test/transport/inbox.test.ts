import { expect, test } from 'vitest';
import { Inbox } from '../../src/transport/inbox.ts';
import { HEADER_BYTES } from '../../src/transport/link.ts';
import { bytes, label } from './pairs.ts';

test('early messages wait under their label, early receivers as promises', async () => {
  const inbox = new Inbox('party 2');
  inbox.put(label('early'), bytes(1, 2));
  const late = inbox.take(label('late'));
  expect([inbox.heldBytes, inbox.waiting]).toEqual([HEADER_BYTES + 2, 1]);
  inbox.put(label('late'), bytes(3));
  expect(await late).toEqual(bytes(3));
  expect(await inbox.take(label('early'))).toEqual(bytes(1, 2));
  expect([inbox.heldBytes, inbox.waiting]).toEqual([0, 0]);
});

test('a label is free again once its message is claimed', async () => {
  const inbox = new Inbox('party 2');
  for (const value of [1, 2]) {
    inbox.put(label('same'), bytes(value));
    expect(await inbox.take(label('same'))).toEqual(bytes(value));
  }
});

test('two messages, or two receivers, under one label are refused', async () => {
  const inbox = new Inbox('party 2');
  inbox.put(label('twice'), bytes());
  expect(() => inbox.put(label('twice'), bytes())).toThrow('party 2 sent nonsense: two messages under one label');
  const first = inbox.take(label('other'));
  await expect(inbox.take(label('other'))).rejects.toThrow('internal: two receivers wait under one label');
  inbox.put(label('other'), bytes(7));
  expect(await first).toEqual(bytes(7));
});

test('failing rejects waiters and every later receive, whatever has arrived', async () => {
  const inbox = new Inbox('party 2');
  const reason = new Error('reason');
  const waiting = inbox.take(label('a'));
  inbox.put(label('b'), bytes(1));
  inbox.fail(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(inbox.take(label('b'))).rejects.toBe(reason);
  await expect(inbox.take(label('c'))).rejects.toBe(reason);
  inbox.put(label('d'), bytes(1));
  expect([inbox.heldBytes, inbox.waiting]).toEqual([0, 0]);
});

test('closing rejects waiters, but what has arrived stays readable', async () => {
  const inbox = new Inbox('party 2');
  const reason = new Error('reason');
  const waiting = inbox.take(label('a'));
  inbox.put(label('b'), bytes(1));
  inbox.close(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(await inbox.take(label('b'))).toEqual(bytes(1));
  await expect(inbox.take(label('b'))).rejects.toBe(reason);
});

test('a failure before anybody awaits is not an unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const inbox = new Inbox('party 2');
  const early = inbox.take(label('a'));
  inbox.fail(new Error('reason'));
  const late = inbox.take(label('b'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', listener);
  expect(unhandled).toEqual([]);
  await expect(early).rejects.toThrow('reason');
  await expect(late).rejects.toThrow('reason');
});

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { ABORT, decodeReason, encodeReason, HELLO, MAX_REASON } from '../../src/transport/ending.ts';
import { encodeFrame } from '../../src/transport/frames.ts';
import { SocketLink } from '../../src/transport/socket.ts';
import { bytes, KINDS, label, settle, socketEnds, until } from './pairs.ts';

const failure = (promise: Promise<unknown>): Promise<PumaError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

describe.each(KINDS)('%s', (_kind, pair) => {
  test('goodbye: what was sent arrives; what was not is refused by name', async () => {
    const [one, two] = await pair();
    const waiting = two.receive(label('never'));
    one.send(label('last'), new Uint8Array(3_000_000).fill(3));
    await one.close();
    const error = await failure(waiting);
    expect(error).toBeInstanceOf(PumaError);
    expect([error.message, error.code, error.exitCode]).toEqual([
      'party 1 closed before sending what was expected',
      'E_PEER',
      1,
    ]);
    expect((await two.receive(label('last'))).length).toBe(3_000_000);
    await expect(two.receive(label('last'))).rejects.toThrow('party 1 closed before sending what was expected');
    await two.close();
  });

  test('after the other end’s goodbye, sending is void: it is neither counted nor an error', async () => {
    const [one, two] = await pair();
    await one.close();
    await failure(two.receive(label('x')));
    two.send(label('y'), bytes(1));
    await two.drained();
    expect(two.traffic.sent).toBe(0);
    await two.close();
  });

  test('both may close at the same time, and twice', async () => {
    const [one, two] = await pair();
    one.send(label('a'), bytes(1));
    two.send(label('b'), bytes(2));
    const received = [two.receive(label('a')), one.receive(label('b'))];
    expect(await Promise.all(received)).toEqual([bytes(1), bytes(2)]);
    await Promise.all([one.close(), two.close(), one.close()]);
    await two.close();
  });

  test('after close(), this end neither sends nor waits', async () => {
    const [one, two] = await pair();
    const waiting = failure(one.receive(label('x')));
    const closed = one.close();
    expect(() => one.send(label('y'))).toThrow('internal: sending to party 2 after close()');
    expect((await waiting).message).toBe('internal: the link to party 2 was closed at this end');
    await Promise.all([closed, two.close()]);
  });

  test('abort: both ends fail at once, the other with the first cause', async () => {
    const [one, two] = await pair();
    two.send(label('early'), bytes(1));
    await settle();
    const mine = failure(one.receive(label('x')));
    const theirs = failure(two.receive(label('x')));
    const reason = new Error('the disk is full');
    one.destroy(reason);
    one.destroy(new Error('a later one'));
    expect(await mine).toBe(reason);
    expect(await failure(one.receive(label('early')))).toBe(reason);
    expect(() => one.send(label('y'))).toThrow(reason);
    expect(await failure(one.drained())).toBe(reason);
    const { message, code, exitCode } = await theirs;
    expect([message, code, exitCode]).toEqual(['party 1 stopped: the disk is full', 'E_PEER', 1]);
    expect(() => two.send(label('y'))).toThrow('party 1 stopped: the disk is full');
    await Promise.all([one.close(), two.close()]);
  });

  test('onFail is told once of a failure, never of an orderly close', async () => {
    const told: string[] = [];
    const options = { onFail: (reason: Error) => void told.push(reason.message) };
    const [one, two] = await pair(options);
    await Promise.all([one.close(), two.close()]);
    expect(told).toEqual([]);
    const [three] = await pair(options);
    three.destroy(new Error('enough'));
    await three.close();
    await until(() => told.length === 2);
    expect(told).toEqual(['enough', 'party 1 stopped: enough']);
  });

  test('the same label twice is nonsense, and the sender is told', async () => {
    const [one, two] = await pair();
    one.send(label('a'));
    one.send(label('a'));
    const theirs = failure(one.receive(label('x')));
    expect((await failure(two.receive(label('x')))).message).toBe(
      'party 1 sent nonsense: two messages under one label',
    );
    expect((await theirs).message).toBe('party 2 stopped: party 1 sent nonsense: two messages under one label');
    await Promise.all([one.close(), two.close()]);
  });

  test('destroy() cuts a close() short that waits for a reader who does not come', async () => {
    const [one, two] = await pair({ maxHeld: 1000 });
    for (let i = 0; i < 50; i++) one.send(label('flood', i), new Uint8Array(200_000));
    const closing = failure(one.close());
    await settle();
    one.destroy(new Error('enough'));
    expect((await closing).message).toBe('enough');
    two.destroy(new Error('test over'));
    await two.close();
  });
});

describe('sockets in trouble', () => {
  test.each(['unix', 'tcp'] as const)('%s: an end without a goodbye is a death', async (kind) => {
    const [raw, mine] = await socketEnds(kind);
    const link = new SocketLink(mine, 'party 2');
    const waiting = failure(link.receive(label('x')));
    raw.destroy();
    const { message, code, exitCode } = await waiting;
    expect([message, code, exitCode]).toEqual(['party 2 hung up', 'E_PEER', 1]);
    expect(() => link.send(label('y'))).toThrow('party 2 hung up');
    await link.close();
  });

  test.each(['unix', 'tcp'] as const)('%s: a reset while we write is a death', async (kind) => {
    const [raw, mine] = await socketEnds(kind);
    raw.pause();
    const link = new SocketLink(mine, 'party 2', { highWater: 1000 });
    link.send(label('x'), new Uint8Array(5_000_000));
    const braked = failure(link.drained());
    await settle();
    if (kind === 'tcp') raw.resetAndDestroy();
    else raw.destroy();
    expect((await braked).message).toBe('party 2 hung up');
    await link.close();
  });

  test('close() rejects when what waits cannot be sent any more', async () => {
    const [raw, mine] = await socketEnds();
    raw.pause();
    const link = new SocketLink(mine, 'party 2');
    link.send(label('x'), new Uint8Array(5_000_000));
    const closing = failure(link.close());
    await settle();
    raw.destroy();
    expect((await closing).message).toBe('party 2 hung up');
  });

  test.each([
    ['a short length', bytes(11, 0, 0, 0), 'a frame of 11 bytes'],
    ['a giant length', bytes(255, 255, 255, 255), 'a frame of 4294967295 bytes'],
    ['a hello in the middle', encodeFrame(HELLO), 'an unknown reserved label'],
  ])('%s fails the link', async (_what, raw, why) => {
    const [stranger, mine] = await socketEnds();
    const link = new SocketLink(mine, 'party 2');
    const waiting = failure(link.receive(label('x')));
    stranger.write(raw);
    const [answer] = await once(stranger, 'data');
    expect((await waiting).message).toBe(`party 2 sent nonsense: ${why}`);
    expect(answer.toString('latin1')).toContain(`party 2 sent nonsense: ${why}`);
    stranger.destroy();
    await link.close();
  });

  test('an end that never closes is not waited for longer than the linger time', async () => {
    const [raw, mine] = await socketEnds();
    raw.pause();
    const link = new SocketLink(mine, 'party 2', { lingerMs: 50 });
    await link.close();
    raw.destroy();
  });
});

describe('reasons', () => {
  test('travel on one line, without what could steer a terminal', () => {
    const sent = encodeReason('no\nroom \u001b[31mleft\u0000 \u202Ehere');
    expect(decodeReason(sent)).toBe('no room [31mleft here');
    expect(decodeReason(Buffer.from('a\u001b]0;b\u0007'))).toBe('a ]0;b');
  });

  test('are cut at a character, below the limit', () => {
    const sent = encodeReason('→'.repeat(400));
    expect(sent.length).toBeLessThanOrEqual(MAX_REASON);
    expect(decodeReason(sent)).toBe('→'.repeat(166));
  });

  test('may be empty', () => {
    expect(decodeReason(encodeReason('\n'))).toBe('no reason given');
  });

  test('that are too long or no text are cleaned by the receiver', async () => {
    const [stranger, mine] = await socketEnds();
    const link = new SocketLink(mine, 'party 2');
    const waiting = failure(link.receive(label('x')));
    stranger.write(encodeFrame(ABORT, Buffer.alloc(600, 'a')));
    expect((await waiting).message).toBe(`party 2 stopped: ${'a'.repeat(MAX_REASON)}`);
    stranger.destroy();
    await link.close();
  });
});

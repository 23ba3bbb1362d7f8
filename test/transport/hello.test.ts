import { describe, expect, test } from 'vitest';
import { encodeFrame } from '../../src/transport/frames.ts';
import { firstWord, helloFrame, identify, refusalFrame } from '../../src/transport/hello.ts';
import { Intake } from '../../src/transport/intake.ts';
import { SocketLink } from '../../src/transport/socket.ts';
import { bytes, label, settle, socketEnds } from './pairs.ts';

describe('identify', () => {
  test.each([
    ['puma/1 a1 0', { who: 0 }],
    ['puma/1 a1 2', { who: 2 }],
    ['puma/1 a1 client', { who: 'client' }],
    ['puma/2 a1 0', { wrong: 'puma/1 is spoken here, not "puma/2"' }],
    ['', { wrong: 'puma/1 is spoken here, not ""' }],
    ['puma/1 a2 0', { wrong: 'this is another run' }],
    ['puma/1', { wrong: 'this is another run' }],
    ['puma/1 a1 3', { wrong: 'there is no party "3"' }],
    ['puma/1 a1 00', { wrong: 'there is no party "00"' }],
    ['puma/1 a1', { wrong: 'there is no party undefined' }],
  ])('%j', (hello, expected) => {
    expect(identify(hello, 'a1')).toEqual(expected);
  });
});

describe('firstWord', () => {
  test('leaves what follows the hello in the same packet to the link', async () => {
    const [other, mine] = await socketEnds();
    other.write(Buffer.concat([helloFrame('a1', 1), encodeFrame(label('a'), bytes(1, 2)), encodeFrame(label('b'))]));
    const intake = Intake.of(mine);
    expect(await firstWord(mine, intake)).toEqual({ hello: 'puma/1 a1 1' });
    const link = new SocketLink(mine, 'party 1', { intake });
    expect(await link.receive(label('a'))).toEqual(bytes(1, 2));
    expect(await link.receive(label('b'))).toEqual(bytes());
    link.destroy(new Error('test over'));
    other.destroy();
  });

  test('waits for the last byte', async () => {
    const [other, mine] = await socketEnds();
    const word = firstWord(mine, Intake.of(mine));
    for (const byte of refusalFrame('full')) {
      other.write(bytes(byte));
      await settle(2);
    }
    expect(await word).toEqual({ refusal: 'full' });
    for (const socket of [other, mine]) socket.destroy();
  });

  test('is nothing when the connection closes in the middle, or is closed already', async () => {
    const [other, mine] = await socketEnds();
    other.end(helloFrame('a1', 1).subarray(0, 20));
    expect(await firstWord(mine, Intake.of(mine))).toBe('nothing');
    expect(await firstWord(mine, Intake.of(mine))).toBe('nothing');
    other.destroy();
  });

  test.each([
    ['a message', encodeFrame(label('a'))],
    ['too long a frame', encodeFrame(label('a'), new Uint8Array(700)).subarray(0, 4)],
    ['too short a frame', bytes(1, 0, 0, 0)],
  ])('is nonsense when it is %s', async (_what, frame) => {
    const [other, mine] = await socketEnds();
    other.write(frame);
    expect(await firstWord(mine, Intake.of(mine))).toBe('nonsense');
    for (const socket of [other, mine]) socket.destroy();
  });
});

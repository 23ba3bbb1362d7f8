import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HEADER_BYTES, type Link } from '../../src/transport/link.ts';
import { type Network, readNetwork, ShapedPipe } from '../../src/transport/shaped.ts';
import { SocketLink } from '../../src/transport/socket.ts';
import { label, QUICK, settle, socketEnds, socketPair, until } from './pairs.ts';

describe('a network by its name', () => {
  test.each<[string, number, number]>([
    ['lan', 0.5, 5e9],
    ['wan', 40, 400e6],
    ['10ms,1Gbit', 10, 1e9],
    ['0.2ms,2.5Gbit', 0.2, 2.5e9],
    ['1s,56kbit', 1000, 56e3],
    ['0ms,100Mbit', 0, 100e6],
  ])('%s', (name, rttMs, bitsPerSecond) => {
    expect(readNetwork(name)).toEqual({ name, rttMs, bitsPerSecond });
  });

  test.each([
    '',
    'LAN',
    '10ms',
    '10,1Gbit',
    '10ms,1',
    '10ms,1gbit',
    '10ms 1Gbit',
    '-1ms,1Gbit',
    '11s,1Gbit',
    '1ms,0kbit',
  ])('nothing else: %j', (name) => expect(readNetwork(name)).toBeUndefined());
});

/** What a pipe has written, one after the other. */
async function through(network: Network, chunks: readonly Uint8Array[]): Promise<{ ms: number; written: Buffer }> {
  const written: Uint8Array[] = [];
  const began = performance.now();
  await new Promise<void>((done) => {
    const pipe = new ShapedPipe(network, (bytes) => written.push(bytes));
    for (const chunk of chunks) pipe.push(chunk);
    expect(written).toEqual([]);
    pipe.whenEmpty(done);
  });
  return { ms: performance.now() - began, written: Buffer.concat(written) };
}

describe('a pipe', () => {
  test('gives back every byte in order, and never early', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const chunks = lengths.map((length, i) => new Uint8Array(length).map((_, at) => at * 7 + i));
        const network = { name: '', rttMs: 2, bitsPerSecond: 4e9 };
        const { ms, written } = await through(network, chunks);
        expect(written.equals(Buffer.concat(chunks))).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(1 + (written.length * 8000) / network.bitsPerSecond);
      }),
      { numRuns: 20 },
    );
  });

  test('writes at once when told to', () => {
    const written: number[] = [];
    const pipe = new ShapedPipe(readNetwork('10s,1kbit')!, (bytes) => written.push(bytes.length));
    for (const length of [1, 2, 300_000]) pipe.push(new Uint8Array(length));
    expect([pipe.bytes, written]).toEqual([300_003, []]);
    pipe.flush();
    expect([pipe.bytes, written]).toEqual([0, [1, 2, 2 ** 18, 300_000 - 2 ** 18]]);
  });

  test('forgets what waits when told to, and goes on', async () => {
    const written: number[] = [];
    const pipe = new ShapedPipe(QUICK, (bytes) => written.push(bytes.length));
    pipe.push(new Uint8Array(5));
    pipe.drop();
    pipe.push(new Uint8Array(7));
    await until(() => pipe.bytes === 0);
    expect(written).toEqual([7]);
  });
});

/** One message there, one back, so many times. */
async function pingPong(one: Link, two: Link, times: number): Promise<number> {
  const began = performance.now();
  const ping = async () => {
    for (let i = 0; i < times; i++) {
      one.send(label('ping', i), new Uint8Array(100));
      await one.receive(label('pong', i));
    }
  };
  const pong = async () => {
    for (let i = 0; i < times; i++) two.send(label('pong', i), await two.receive(label('ping', i)));
  };
  await Promise.all([ping(), pong()]);
  return performance.now() - began;
}

describe('a shaped link', () => {
  test.each<[string, number]>([
    ['lan', 100],
    ['wan', 5],
  ])('%s: an exchange takes a round trip at least, and its bytes are those of any link', async (name, times) => {
    const network = readNetwork(name)!;
    const [one, two] = await socketPair({ network });
    expect(await pingPong(one, two, times)).toBeGreaterThanOrEqual(times * network.rttMs);
    const bytes = times * (HEADER_BYTES + 100);
    for (const { traffic } of [one, two]) expect(traffic).toEqual({ sent: bytes, received: bytes });
    await Promise.all([one.close(), two.close()]);
  });

  test('takes as long as the bandwidth says, in each direction by itself', async () => {
    const network = readNetwork('0ms,400Mbit')!;
    const [one, two] = await socketPair({ network });
    const size = 5_000_000; // 100 ms
    const began = performance.now();
    one.send(label('m'), new Uint8Array(size));
    two.send(label('m'), new Uint8Array(size));
    const received = await Promise.all([one.receive(label('m')), two.receive(label('m'))]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(100);
    expect(received.map(({ length }) => length)).toEqual([size, size]);
    await Promise.all([one.close(), two.close()]);
  });

  test('holds no more than the brake allows', async () => {
    const highWater = 300_000;
    const [one, two] = await socketPair({ network: readNetwork('4ms,1Gbit')!, highWater });
    const messageBytes = 100_000;
    let most = 0;
    const reading = (async () => {
      for (let i = 0; i < 50; i++) await two.receive(label('m', i));
    })();
    for (let i = 0; i < 50; i++) {
      await one.drained();
      one.send(label('m', i), new Uint8Array(messageBytes));
      most = Math.max(most, one.traffic.sent - two.traffic.received);
    }
    await reading;
    expect(most).toBeLessThan(highWater + 4 * messageBytes);
    await Promise.all([one.close(), two.close()]);
  });

  test('close() waits for all that was sent', async () => {
    const [one, two] = await socketPair({ network: readNetwork('20ms,100Mbit')! });
    for (let i = 0; i < 20; i++) one.send(label('m', i), new Uint8Array(10_000).fill(i));
    const closed = one.close();
    for (let i = 0; i < 20; i++) expect((await two.receive(label('m', i)))[9999]).toBe(i);
    await Promise.all([closed, two.close()]);
    expect(two.traffic.received).toBe(one.traffic.sent);
  });

  test('a reason to give up does not wait', async () => {
    const [one, two] = await socketPair({ network: readNetwork('10s,1kbit')! });
    one.send(label('m'), new Uint8Array(1000));
    const waiting = two.receive(label('x'));
    one.destroy(new Error('the disk is full'));
    await expect(waiting).rejects.toThrow('party 1 stopped: the disk is full');
    await Promise.all([one.close(), two.close()]);
  });

  test('an end that dies takes what is under way with it', async () => {
    const [raw, mine] = await socketEnds();
    const link = new SocketLink(mine, 'party 2', { network: readNetwork('10s,1kbit')!, highWater: 100 });
    link.send(label('m'), new Uint8Array(1000));
    const braked = link.drained();
    await settle();
    raw.destroy();
    await expect(braked).rejects.toThrow('party 2 hung up');
    await link.close();
  });
});

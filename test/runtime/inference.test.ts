import { describe, expect, test } from 'vitest';
import { differences } from '../../src/evaluate/differences.ts';
import type { Query } from '../../src/models/query.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { tapNames } from '../../src/plaintext/taps.ts';
import { countBytes, describeOutput } from '../../src/runtime/answers.ts';
import type { Answer } from '../../src/runtime/client.ts';
import { label, sendJson } from '../../src/runtime/messages.ts';
import { kernels, type Together, together } from './together.ts';

const query = (...ids: number[]): Query => ({ ids, types: ids.map(() => 0) });
const SHORT = query(2, 9, 3);
const LONG = query(2, ...Array.from({ length: 17 }, (_, i) => 5 + ((7 * i) % 26)), 3);
const PAIR: Query = { ids: [2, 7, 8, 9, 3, 20, 21, 3], types: [0, 0, 0, 0, 0, 1, 1, 1] };

const padded = ({ ids, types }: Query, n: number): Query => {
  const fill = (list: readonly number[]) => [...list, ...Array<number>(n - list.length).fill(0)];
  return { ids: fill(ids), types: fill(types), mask: fill(ids.map(() => 1)) };
};

/** The largest difference to the same query in the clear. */
async function error({ model, weights }: Together, asked: Query, answer: Answer): Promise<number> {
  const plain = await inferPlain({ kernels, model, weights }, asked);
  return Math.max(...plain.output.map((value, i) => Math.abs(value - answer.output[i]!)));
}

describe('a client and three parties', () => {
  test('answer as in the clear: short, long, pairs, padded or not, one after the other', async () => {
    const run = await together();
    for (const asked of [LONG, PAIR]) {
      expect(await error(run, asked, await run.client.infer(asked))).toBeLessThan(0.01);
    }
    for (const asked of [SHORT, padded(SHORT, 12), padded(LONG, 24)]) {
      const same = asked.ids.filter((_, i) => asked.mask?.[i] !== 0);
      const answer = await run.client.infer(asked);
      expect(await error(run, query(...same), answer), 'padded or short').toBeLessThan(0.01);
    }
    await run.client.close();
    expect(await Promise.all(run.ended)).toEqual([undefined, undefined, undefined]);
  });

  test('several texts at once: the same answers and bytes, and rounds of one', async () => {
    const run = await together();
    const asked = [SHORT, LONG, padded(PAIR, 12)];
    const alone = [];
    for (const query of asked) alone.push(await run.client.infer(query));
    const { texts, ...took } = await run.client.inferAll(asked);
    for (const [t, { output }] of texts.entries()) {
      expect(await error(run, asked[t]!, { ...alone[t]!, output }), `text ${t}`).toBeLessThan(0.01);
    }
    expect(took.rounds).toBe(Math.max(...alone.map(({ rounds }) => rounds)));
    const [together_, apart] = [countBytes([took]), countBytes(alone)];
    for (const link of ['dealer', 'online'] as const) expect(together_[link]).toBe(apart[link]);
    expect(apart.client - together_.client).toBeLessThan(1000); // one request instead of three
    expect(apart.client - together_.client).toBeGreaterThan(0);
    const tooMany = run.client.inferAll(Array(64).fill(SHORT));
    await expect(tooMany).rejects.toThrow('64 texts are asked at once; a session takes 1 to 63');
    await run.client.close();
  });

  test('every byte is counted once, at both ends', async () => {
    const run = await together();
    const answers = [await run.client.infer(LONG), await run.client.infer(padded(SHORT, 9))];
    for (const { reports } of answers) {
      for (const i of [0, 1, 2]) {
        for (const j of [0, 1, 2].filter((other) => other !== i)) {
          expect(reports[i]!.traffic[j]!.sent, `${i} -> ${j}`).toBe(reports[j]!.traffic[i]!.received);
        }
      }
      expect(new Set(reports.map(({ rounds }) => rounds)).size).toBe(1);
    }
    const bytes = countBytes(answers);
    const fromClient = answers.flatMap(({ reports }) => reports.map(({ traffic }) => traffic.client!.received));
    const sent = bytes.perParty.reduce((n, party) => n + party.sent, 0) + fromClient.reduce((a, b) => a + b);
    expect(bytes.total).toBe(sent);
    expect(bytes.total).toBe(bytes.dealer + bytes.online + bytes.client);
    expect(fromClient.reduce((a, b) => a + b)).toBe(run.links.reduce((n, { traffic }) => n + traffic.sent, 0));
    expect(bytes.perParty[0]!.received, 'the dealer gets seeds and requests').toBeLessThan(500);
    await run.client.close();
  });

  test('open every layer when started so', async () => {
    const run = await together(true);
    const answer = await run.client.infer({ ...LONG, layers: true });
    const plain = await inferPlain({ kernels, model: run.model, weights: run.weights }, LONG);
    const rows = differences(plain, answer.layers, answer.output, 'logits');
    expect(rows.map(({ name }) => name)).toEqual(await tapNames(run.model));
    for (const { name, max } of rows) expect(max, name).toBeLessThan(0.01);
    const own = run.told.filter((line) => line.startsWith('party 1')).map((line) => line.slice(9));
    expect(own).toEqual(await tapNames(run.model));
    await run.client.close();
  });

  test('refuse to open layers when not', async () => {
    const run = await together();
    await expect(run.client.infer({ ...SHORT, layers: true })).rejects.toMatchObject({
      code: 'E_PEER',
      message: expect.stringContaining('the client asks for every layer'),
    });
    expect(await Promise.all(run.ended)).toContainEqual(expect.objectContaining({ code: 'E_REVEAL', exitCode: 2 }));
  });

  test('refuse what they do not understand', async () => {
    const run = await together();
    run.links[1]!.send(label('job', 0), Buffer.from('{ "number": 0'));
    expect(await run.ended[1]).toMatchObject({
      code: 'E_PROTOCOL',
      message: 'client sent a message that is not as agreed',
    });
    run.client.destroy(new Error('done'));
    await Promise.all(run.ended);
  });

  test('refuse more tokens than the model takes', async () => {
    const run = await together();
    const texts = [{ tokens: 65, from: 0, padded: false }];
    const job = { number: 0, texts, reveal: 'output', layers: false, check: false };
    for (const link of run.links) sendJson(link, label('job', 0), job);
    expect(await Promise.all(run.ended)).toContainEqual(expect.objectContaining({ code: 'E_LENGTH' }));
  });

  test('end when the client is gone', async () => {
    const run = await together();
    run.client.destroy(new Error('gone'));
    for (const end of await Promise.all(run.ended)) expect(end).toMatchObject({ code: 'E_PEER' });
  });
});

test('describeOutput: label and scores', async () => {
  const { client, model } = await together();
  expect(describeOutput(model, [1, 3])).toEqual({
    label: 'positive',
    scores: { negative: expect.closeTo(0.1192, 4), positive: expect.closeTo(0.8808, 4) },
    logits: [1, 3],
  });
  await client.close();
});

test('a value that is no number is no agreement, wherever it stands', () => {
  const plain = { output: Float32Array.of(1, 2, 3), layers: new Map() };
  const largest = (...secure: number[]) => differences(plain, [], Float64Array.from(secure), 'output')[0]!.max;
  expect(largest(1, 2.5, 3)).toBe(0.5);
  for (const at of [0, 1, 2]) expect(largest(...[1, 2, 9].with(at, Number.NaN))).toBeNaN();
});

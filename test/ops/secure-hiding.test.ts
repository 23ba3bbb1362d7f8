import { expect, test, vi } from 'vitest';
import type { Tapped } from '../../src/transport/memory.ts';
import { byteTest, type Runs, wordTest, xorRuns } from '../mpc/statistics.ts';
import { fixedSeeds, flow, nameOf, repeatable } from '../mpc/views.ts';
import { type Query, securely, sentence, tinyBert } from './secure-bert.ts';

vi.setConfig({ testTimeout: 300_000 }); // the portable engine takes its time

const ALPHA = 1e-10;
const RUNS = 3;

const bert = tinyBert({ num_hidden_layers: 1 });
/** Different words, and different lengths under the same padding. */
const [ONE, OTHER]: Query[] = [
  { ids: [...sentence(5, 1), 0], mask: [1, 1, 1, 1, 1, 0] },
  { ids: [7, 7, 0, 0, 0, 0], mask: [1, 1, 0, 0, 0, 0] },
];

async function messagesOf(query: Query, options: Parameters<typeof securely>[2] = {}): Promise<Tapped[]> {
  const messages: Tapped[] = [];
  await securely(bert, query, { ...options, tap: (message) => void messages.push(message) });
  return messages;
}

test('a whole BERT: the dealer gets nothing, and sends the same bytes whatever the text', async () => {
  const repeated = async (query: Query) => {
    const messages = await messagesOf(query, { seeds: fixedSeeds('bert'), draw: repeatable('bert') });
    expect(messages.some(({ to }) => to === 'party 0')).toBe(false);
    return messages;
  };
  const [one, other] = [await repeated(ONE!), await repeated(OTHER!)];
  const dealt = (messages: Tapped[]) => messages.filter(({ from }) => from === 'party 0');
  expect(dealt(one).length).toBeGreaterThan(100);
  expect(dealt(other)).toEqual(dealt(one));
  expect(flow(other)).toEqual(flow(one)); // constant flow: order, places and lengths of all messages
});

test('a whole BERT: no message to an evaluator tells one text from another, nor does what they open', async () => {
  const [one, other] = [await piles(ONE!), await piles(OTHER!)];
  for (const [name, runs] of one) {
    const others = other.get(name)!;
    expect(byteTest(runs, others), name).toBeGreaterThan(ALPHA);
    expect(wordTest(runs, others), name).toBeGreaterThan(ALPHA);
    const back = name.replace('party 1 to party 2', 'party 2 to party 1');
    if (back === name) continue;
    const [opened, otherOpened] = [xorRuns(runs, one.get(back)!), xorRuns(others, other.get(back)!)];
    expect(byteTest(opened, otherOpened), `opened, ${name}`).toBeGreaterThan(ALPHA);
  }
});

async function piles(query: Query): Promise<Map<string, Runs>> {
  const runs: Tapped[][] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await messagesOf(query));
  return new Map(runs[0]!.map((message, i) => [nameOf(message), runs.map((messages) => messages[i]!.payload)]));
}

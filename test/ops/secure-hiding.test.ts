import { expect, test, vi } from 'vitest';
import type { Tapped } from '../../src/transport/memory.ts';
import { byteTest, type Runs, wordTest, xorRuns } from '../mpc/statistics.ts';
import { fixedSeeds, flow, nameOf, repeatable } from '../mpc/views.ts';
import { type Bert, golden, type Query, securely, sentence, tinyBert } from './secure-bert.ts';

vi.setConfig({ testTimeout: 300_000 }); // the portable engine takes its time

const ALPHA = 1e-10;
const RUNS = 3;

/** Each with different words, and different lengths under the same padding: behind BERT's texts, in front of LLaMA's. */
const MODELS: [name: string, model: () => Promise<Bert>, one: Query, other: Query][] = [
  [
    'BERT',
    async () => tinyBert({ num_hidden_layers: 1 }),
    { ids: [...sentence(5, 1), 0], mask: [1, 1, 1, 1, 1, 0] },
    { ids: [7, 7, 0, 0, 0, 0], mask: [1, 1, 0, 0, 0, 0] },
  ],
  [
    'LLaMA',
    () => golden('llama-grouped'),
    { ids: [0, 7, 1, 30, 11], mask: [0, 1, 1, 1, 1] },
    { ids: [0, 0, 0, 3, 3], mask: [0, 0, 0, 1, 1] },
  ],
];

type Options = Parameters<typeof securely>[2];

async function messagesOf(model: Bert, query: Query, options: Options = {}): Promise<Tapped[]> {
  const messages: Tapped[] = [];
  await securely(model, query, { ...options, tap: (message) => void messages.push(message) });
  return messages;
}

test.each(MODELS)(
  'a whole %s: the dealer gets nothing, and sends the same bytes whatever the text',
  async (name, open, ONE, OTHER) => {
    const model = await open();
    const repeated = async (query: Query) => {
      const messages = await messagesOf(model, query, { seeds: fixedSeeds(name), draw: repeatable(name) });
      expect(messages.some(({ to }) => to === 'party 0')).toBe(false);
      return messages;
    };
    const [one, other] = [await repeated(ONE), await repeated(OTHER)];
    const dealt = (messages: Tapped[]) => messages.filter(({ from }) => from === 'party 0');
    expect(dealt(one).length).toBeGreaterThan(100);
    expect(dealt(other)).toEqual(dealt(one));
    expect(flow(other)).toEqual(flow(one)); // constant flow: order, places and lengths of all messages
  },
);

test.each(MODELS)(
  'a whole %s: no message to an evaluator tells one text from another, nor does what they open',
  async (_, open, ONE, OTHER) => {
    const model = await open();
    const [one, other] = [await piles(model, ONE), await piles(model, OTHER)];
    for (const [name, runs] of one) {
      const others = other.get(name)!;
      expect(byteTest(runs, others), name).toBeGreaterThan(ALPHA);
      expect(wordTest(runs, others), name).toBeGreaterThan(ALPHA);
      const back = name.replace('party 1 to party 2', 'party 2 to party 1');
      if (back === name) continue;
      const [opened, otherOpened] = [xorRuns(runs, one.get(back)!), xorRuns(others, other.get(back)!)];
      expect(byteTest(opened, otherOpened), `opened, ${name}`).toBeGreaterThan(ALPHA);
    }
  },
);

async function piles(model: Bert, query: Query): Promise<Map<string, Runs>> {
  const runs: Tapped[][] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await messagesOf(model, query));
  return new Map(runs[0]!.map((message, i) => [nameOf(message), runs.map((messages) => messages[i]!.payload)]));
}

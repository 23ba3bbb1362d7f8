import { expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { Faults, type Rank } from '../../src/runtime/faults.ts';

const rows: [Rank[], number][] = [
  [['lost', 'killed', 'lost'], 1],
  [['lost', 'ended', 'said'], 2],
  [['said', 'said'], 0],
  [['ended', 'noticed'], 1],
  [['lost', 'lost'], 0],
];

test.each(rows)('of %j the cause is number %d', async (ranks, cause) => {
  const faults = new Faults();
  const errors = ranks.map((rank, i) => new Error(`${i}: ${rank}`));
  ranks.forEach((rank, i) => {
    faults.add(rank, errors[i]!);
  });
  await expect(faults.first).rejects.toThrow();
  expect(await faults.cause()).toBe(errors[cause]);
});

test('a better cause may come a little later', async () => {
  const faults = new Faults();
  faults.notice(new PumaError('E_PEER', 'party 1 hung up'));
  const death = new Error('party 1 was killed');
  setTimeout(() => faults.add('killed', death), 300);
  expect(await faults.cause()).toBe(death);
});

test('Ctrl-C ends the search', async () => {
  const faults = new Faults();
  const stop = new AbortController();
  faults.notice(new PumaError('E_PEER', 'party 1 hung up'));
  setTimeout(() => stop.abort(new Error('interrupted')), 50);
  await expect(faults.cause(stop.signal)).rejects.toThrow('interrupted');
});

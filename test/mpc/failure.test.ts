import { afterEach, beforeEach, expect, test } from 'vitest';
import { localSessions } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import { kernels } from './parties.ts';
import { PROGRAMS } from './programs.ts';

/** A party that loses its links must end with one error, the first: a second one that nobody awaits would kill the process. */
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
});

test.each(PROGRAMS.map((program) => [program.name, program] as const))('%s: links that break', async (_, program) => {
  const parts = program.parts(program.inputs[0]);
  for (const order of [
    [2, 0],
    [0, 2],
  ] as const) {
    const session = localSessions({ kernels })[1]!;
    const own = parts.map((part) => part[1]) as never[];
    const ended = program.run(new Party(session), ...own).then(
      () => 'done',
      (error: Error) => error.message,
    );
    await turn();
    session.links[order[0]]!.destroy(new Error('the first link broke'));
    await turn();
    session.links[order[1]]!.destroy(new Error('the second link broke'));
    await turn();
    expect(['done', 'the first link broke', 'the second link broke']).toContain(await ended);
    await turn();
    expect(unhandled).toEqual([]);
  }
});

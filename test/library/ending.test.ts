/** Parties that are closed, or die. */
import { readdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startParties } from '../../src/index.ts';
import { BERT, libraryWorld, read, TEXT, withParties } from './library-world.ts';

const { at, parties: processes } = libraryWorld({ bert: BERT });

describe('parties', () => {
  test('that are closed answer nobody, and close once', async () => {
    const parties = await startParties({ shares: at('bert') });
    const waiting = parties.infer({ text: TEXT });
    waiting.catch(() => {});
    await Promise.all([parties.close(), parties.close()]);
    const closed = { code: 'E_CLOSED', message: 'the parties have been closed' };
    await expect(waiting).rejects.toMatchObject(closed);
    await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(closed);
    await expect(read(parties.generate({ prompt: TEXT }))).rejects.toMatchObject({ code: 'E_TASK' });
  });

  test('that are asked while they end answer nobody either', async () => {
    const parties = await startParties({ shares: at('bert') });
    const closing = parties.close();
    const asked: Promise<unknown>[] = [];
    for (let wait = 0; wait < 20; wait++) {
      asked.push(parties.infer({ text: TEXT }).catch(({ code }) => code));
      await (wait % 2 ? setImmediate() : Promise.resolve());
    }
    await closing;
    expect(await Promise.all(asked)).toEqual(asked.map(() => 'E_CLOSED'));
  });

  test('are disposed of where the language does it', async () => {
    const parties = await startParties({ shares: at('bert') });
    await parties[Symbol.asyncDispose]();
    expect(await readdir(at('tmp'))).toEqual([]);
  });

  test('of which one died say so', async () => {
    await withParties({ shares: at('bert') }, async (parties) => {
      const [dealer] = await processes('0');
      process.kill(dealer!, 'SIGKILL');
      const killed = { code: 'E_PARTY', message: 'party 0 was killed (SIGKILL)' };
      await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(killed);
      await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(killed);
    });
  });
});

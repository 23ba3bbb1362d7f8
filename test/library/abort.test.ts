/** Whenever the library is told to stop, it stops: with the caller's reason, and nothing left. world() looks for what is left. */
import { chmod } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { comparePlaintext, cost, generate, infer, type Parties, shareWeights, startParties } from '../../src/index.ts';
import { sample, thorough } from '../cases.ts';
import { until } from '../commands/world.ts';
import { BERT, LLAMA, libraryWorld, TEXT } from './library-world.ts';

const { at, parties: processes } = libraryWorld({ bert: BERT, llama: LLAMA });
const reason = new Error('enough');

describe('the signal of a whole run', () => {
  type Row = [when: string, call: (signal: AbortSignal, abort: () => void) => Promise<unknown>];

  /** Aborts when three processes are there, so many ms later. */
  const started = async (abort: () => void, ms = 0) => {
    await until(async () => (await processes()).length === 3, 10_000);
    await sleep(ms);
    abort();
  };

  const rows: Row[] = [
    [
      'before anything',
      (signal, abort) => {
        abort();
        return infer({ model: BERT, text: TEXT, signal });
      },
    ],
    [
      'while weights are shared for a run',
      (signal, abort) =>
        infer({ model: BERT, text: TEXT, signal, onProgress: ({ what }) => what === 'share' && abort() }),
    ],
    ...sample([0, 150], [0, 50, 150, 300]).map((ms): Row => {
      const when = `${ms} ms after the processes have started`;
      return [
        when,
        (signal, abort) => Promise.all([startParties({ shares: at('bert'), signal }).then(closed), started(abort, ms)]),
      ];
    }),
    [
      'while layers are computed',
      (signal, abort) =>
        infer({ model: BERT, text: TEXT, signal, onProgress: ({ what }) => what === 'compute' && abort() }),
    ],
    [
      'between the tokens of a count',
      (signal, abort) => {
        setTimeout(abort, 50);
        return cost({ model: 'gpt2', layers: 1, tokens: 2, newTokens: 500, signal });
      },
    ],
  ];

  const more: Row[] = [
    [
      'while weights are shared for others',
      (signal, abort) => shareWeights({ model: 'synthetic:gpt2', out: at('never'), signal, onProgress: abort }),
    ],
    [
      'while a token is computed',
      async (signal, abort) => {
        for await (const _ of generate({ model: LLAMA, prompt: 'ROMEO:', signal })) setTimeout(abort, 40);
      },
    ],
    [
      'while layers are compared',
      (signal, abort) =>
        comparePlaintext({
          model: BERT,
          texts: [TEXT],
          signal,
          onProgress: ({ what }) => what === 'compute' && abort(),
        }),
    ],
    [
      'between two tokens',
      async (signal, abort) => {
        for await (const _ of generate({ model: LLAMA, prompt: 'ROMEO:', signal })) abort();
      },
    ],
  ];

  /** An abort may come when the parties stand already. */
  const closed = async (parties: Parties) => {
    await until(async () => (await processes()).length === 0, 10_000);
    await parties.infer({ text: TEXT });
  };

  test.each(sample(rows, [...rows, ...more]))('%s', async (_when, call) => {
    const stop = new AbortController();
    await expect(call(stop.signal, () => stop.abort(reason))).rejects.toBe(reason);
  });

  test('parties that nobody asks end too, without being closed', async () => {
    const stop = new AbortController();
    const parties = await startParties({ shares: at('bert'), signal: stop.signal });
    stop.abort(reason);
    expect(await until(async () => (await processes()).length === 0, 10_000)).toBe(true);
    await expect(parties.infer({ text: TEXT })).rejects.toBe(reason);
    await parties.close();
  });
});

describe('the signal of one call', () => {
  test('gives up an answer or a text; the parties go on', async () => {
    const parties = await startParties({ shares: at('llama') });
    const [one, two] = [new AbortController(), new AbortController()];
    const tokens = async (signal?: AbortSignal) => {
      const ids: number[] = [];
      for await (const { id } of parties.generate({ prompt: 'ROMEO:', maxNewTokens: 3, signal })) {
        ids.push(id);
        two.abort(reason);
      }
      return ids;
    };
    try {
      const first = tokens(one.signal);
      setTimeout(() => one.abort(reason), 20); // it waits for the first token
      await expect(first).rejects.toBe(reason);
      await expect(tokens(two.signal)).rejects.toBe(reason);
      expect(await tokens()).toHaveLength(3);
    } finally {
      await parties.close();
    }
  });
});

describe('a program that does not call exit() ends by itself', () => {
  const run = (script: string, ...args: string[]) =>
    execa(process.execPath, ['--input-type=module', '-e', `import * as puma from 'puma-mpc'; ${script}`, ...args], {
      cwd: projectRoot(),
      env: { TMPDIR: at('tmp') },
      reject: false,
      timeout: 15_000, // less than an end looks for the others
    });
  const ended = { exitCode: 0, timedOut: false, stderr: '' };

  test('when no party could start: nobody is waited for', async () => {
    await shareWeights({ model: BERT, out: at('broken') });
    for (const key of ['party0/mask1.key', 'party1/mask1.key', 'party2/mask2.key'])
      await chmod(at('broken', key), 0o644);
    const script = 'puma.startParties({ shares: process.argv[1] }).catch(({ code }) => console.log(code));';
    expect(await run(script, at('broken'))).toMatchObject({ ...ended, stdout: 'E_KEY' });
  });

  test('when it stops in the middle', async () => {
    const script = `
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 400);
      for (const shares of [process.argv[1], undefined])
        await puma.startParties({ shares, model: '${BERT}', signal: stop.signal })
          .then((parties) => parties.infer({ text: 'a' }))
          .catch(({ name }) => console.log(name));`;
    const { stdout, ...rest } = await run(script, at('bert'));
    expect(rest).toMatchObject(ended);
    expect(stdout).toMatch(/^(AbortError\n?){1,2}$/);
  });

  thorough('when it leaves its loop', async () => {
    const script = `for await (const { id } of puma.generate({ model: '${LLAMA}', prompt: 'O' })) { console.log(id); break; }`;
    expect(await run(script)).toMatchObject({ ...ended, stdout: expect.stringMatching(/^\d+$/) });
  });
});

test.each(sample(['SIGKILL'] as const, ['SIGINT', 'SIGTERM', 'SIGKILL'] as const))(
  'a program that ends by %s leaves nothing: its parties clean up',
  async (signal) => {
    const script = `
    const listening = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal)).join();
    import('puma-mpc').then(({ startParties }) => startParties({ model: '${BERT}' })).then(() => console.log(listening()));`;
    const options = { cwd: projectRoot(), env: { TMPDIR: at('tmp') }, reject: false } as const;
    const child = execa(process.execPath, ['-e', script], options);
    await new Promise((ready) => child.stdout.once('data', ready));
    child.kill(signal);
    expect(await child).toMatchObject({ signal, stdout: '0,0,0' }); // signals are the program's own business
    expect(await until(async () => (await processes()).length === 0, 10_000)).toBe(true);
  },
);

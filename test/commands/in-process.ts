/** The program called in this process, as are its parties: what processes would print and return, without the seconds that their start takes. */
import { vi } from 'vitest';
import { main } from '../../src/main.ts';
import { partiesHere } from '../runtime/serving.ts';

export type Ended = { exitCode: number | undefined; stdout: string; stderr: string };

/** What it sees of its surroundings. */
export type Place = { cwd: string; env: Record<string, string | undefined> };

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let turn: Promise<unknown> = Promise.resolve();

/** Runs the program to its end. One at a time: folder, environment and output are those of the whole process. */
export function callMain(args: readonly string[], place: Place): Promise<Ended> {
  const mine = turn.then(() => callAlone(args, place));
  turn = mine.catch(() => {});
  return mine;
}

async function callAlone(args: readonly string[], { cwd, env }: Place): Promise<Ended> {
  const before = process.cwd();
  const [stdout, stderr] = [caught('stdout'), caught('stderr')];
  const parties = partiesHere();
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Exit(Number(code));
  });
  const heard = SIGNALS.map((signal) => process.listeners(signal));
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  process.chdir(cwd);
  try {
    return await main(args);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { exitCode: error.code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
    vi.unstubAllEnvs();
    SIGNALS.forEach((signal, i) => {
      for (const added of process.listeners(signal)) if (!heard[i]!.includes(added)) process.off(signal, added);
    });
    for (const spy of [stdout, stderr, exit, parties]) spy.mockRestore();
  }
}

/** What is written to a stream, without the newline at its end. */
function caught(name: 'stdout' | 'stderr') {
  let all = '';
  const listeners = process[name].listeners('error');
  const spy = vi.spyOn(process[name], 'write').mockImplementation((chunk, ...rest) => {
    all += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') (done as () => void)();
    return true;
  });
  return {
    text: () => all.replace(/\n$/, ''),
    mockRestore() {
      spy.mockRestore();
      for (const added of process[name].listeners('error'))
        if (!listeners.includes(added)) process[name].off('error', added as () => void);
    },
  };
}

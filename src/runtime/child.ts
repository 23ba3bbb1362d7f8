import { join } from 'node:path';
import { execa, type Result } from 'execa';
import { PumaError } from '../errors.ts';
import { jsonOf } from '../files/json.ts';
import { projectRoot } from '../files/root.ts';
import type { Fate, PartyEvent } from './complaint.ts';

export type ChildOptions = {
  role: number;
  args: readonly string[];
  /** The program that parties run. Tests give another. */
  program?: string;
  hear(event: PartyEvent): void;
};

/** One party process. */
export type Child = {
  /** When it has ended: what that means if it was not asked to. */
  ended: Promise<Fate>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
};

/**
 * A party's garbage is few objects with large buffers behind them: helper threads find little to do, and take the cores from
 * the other two parties. Young objects are collected often (in MB), so that what was read from sockets is freed before it counts as
 * a shortage of memory, which would have everything collected.
 */
const NODE_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=2'];

export function startChild({ role, args, program, hear }: ChildOptions): Child {
  // The end of its standard input tells the party that we are gone, and it removes what we leave: without `cleanup` nobody kills it before
  // that, and nothing listens to the signals of a process that is not ours.
  const streams = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: { stdout: false } } as const;
  const options = { ...streams, reject: false, cleanup: false } as const;
  const child = execa(
    process.execPath,
    [...NODE_FLAGS, program ?? join(projectRoot(), 'bin', 'puma.js'), ...args],
    options,
  );
  child.stdin.on('error', () => {});
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) hearLine(line, hear);
  });
  return { ended: child.then((result) => fate(role, result)), kill: (signal) => void child.kill(signal) };
}

/** Lines that are not of ours are somebody's debugging. */
function hearLine(line: string, hear: (event: PartyEvent) => void): void {
  const event = jsonOf(line);
  if (typeof event === 'object' && event !== null) hear(event as PartyEvent);
}

function fate(role: number, { signal, exitCode, stderr, cause }: Result): Fate {
  const words = lastWords(String(stderr ?? ''));
  if (signal) return { rank: 'killed', error: failure(`party ${role} was killed (${signal})`, words) };
  const why =
    exitCode === undefined ? `did not start: ${(cause as Error)?.message}` : `ended early (exit code ${exitCode})`;
  return { rank: 'ended', error: failure(`party ${role} ${why}`, words) };
}

/** The line on standard error that tells most. */
function lastWords(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /error/i.test(line));
}

const failure = (message: string, hint?: string) => new PumaError('E_PARTY', message, hint, 1);

/** What somebody types, line by line. On a terminal nothing is read but Ctrl-C while an answer is written: it would stand in the text. */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';

export type Lines = {
  /** The next line; undefined at the end. */
  next(): Promise<string | undefined>;
  /** Whether somebody sits there. */
  readonly typed: boolean;
  /** Within it, Ctrl-C calls `onInterrupt`. */
  during<T>(work: () => Promise<T>, onInterrupt: () => void): Promise<T>;
  close(): void;
};

const PROMPT = '> ';
const CTRL_C = 3;

export function linesOf(input: NodeJS.ReadStream, output: NodeJS.WriteStream, signal: AbortSignal): Lines {
  const typed = Boolean(input.isTTY && output.isTTY);
  const keys = typed ? new PassThrough() : input;
  const lines = createInterface(typed ? { input: keys, output, terminal: true, prompt: PROMPT } : { input: keys });
  const waiting: string[] = [];
  let [ended, wake] = [false, () => {}];
  let interrupt: (() => void) | undefined;
  lines.on('line', (line) => {
    waiting.push(line);
    wake();
  });
  const end = () => {
    ended = true;
    wake();
  };
  lines.on('close', end);
  lines.on('SIGINT', () => lines.close());
  signal.addEventListener('abort', end, { once: true });
  const hear = (chunk: Buffer) => {
    if (!interrupt) (keys as PassThrough).write(chunk);
    else if (chunk.includes(CTRL_C)) interrupt();
  };
  if (typed) {
    input.setRawMode(true);
    input.on('data', hear);
    input.on('end', () => (keys as PassThrough).end());
  }
  return {
    typed,
    async next() {
      if (waiting.length === 0 && !ended && typed) lines.prompt();
      while (waiting.length === 0 && !ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return signal.aborted ? undefined : waiting.shift();
    },
    async during(work, onInterrupt) {
      interrupt = onInterrupt;
      return work().finally(() => {
        interrupt = undefined;
      });
    },
    close() {
      lines.close();
      if (!typed) return;
      input.off('data', hear);
      input.setRawMode(false);
      input.pause();
    },
  };
}

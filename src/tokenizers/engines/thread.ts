/** The thread between the caller, who waits, and the process of the native library, which answers later or ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type MessagePort, workerData } from 'node:worker_threads';
import { limitFor, type Reply, type Request } from './messages.ts';

const { port, signal } = workerData as { port: MessagePort; signal: Int32Array };
const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));

let child: ChildProcess | undefined;
let settle: ((reply: Reply) => void) | undefined;

port.on('message', async (request: Request) => {
  port.postMessage(await ask(request));
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

/** One question at a time: the caller waits for its answer. */
function ask(request: Request): Promise<Reply> {
  const process = (child ??= start());
  return new Promise((resolve) => {
    const late = setTimeout(() => process.kill('SIGKILL'), limitFor(request));
    settle = (reply) => {
      clearTimeout(late);
      settle = undefined;
      resolve(reply);
    };
    process.send(request, (error) => error && settle?.({ kind: 'ended', message: error.message }));
  });
}

function start(): ChildProcess {
  const started = fork(PROGRAM, [], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  started.stderr!.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 4096) said += text;
  });
  started.on('message', (reply: Reply) => settle?.(reply));
  started.on('error', (error) => ended(started, error.message));
  started.on('close', (_code, by) =>
    ended(started, reasonIn(said) ?? (by === 'SIGKILL' ? 'no answer in time' : 'it ended')),
  );
  return started;
}

function ended(process: ChildProcess, message: string): void {
  if (child !== process) return;
  child = undefined;
  settle?.({ kind: 'ended', message });
}

/** The line after the one that says where the library gave up, or the only one. */
function reasonIn(said: string): string | undefined {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const at = lines.findIndex((line) => line.includes('panicked at'));
  return lines[at + 1]?.slice(0, 160);
}

import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { ensure } from '../../errors.ts';
import { projectRoot } from '../../files/root.ts';
import { type TokenizerJson, tokenizerError } from '../json.ts';
import type { Engine, Opened } from './engine.ts';
import type { Encoded, Reply, Request } from './messages.ts';

/** Why the native library does not run on this machine. */
export class NoLibrary extends Error {}

/**
 * Hugging Face's own library, of which the package `tokenizers` is the official binding. It runs in a process of its own; the caller
 * waits. open() throws NoLibrary where it does not run.
 */
export const native: Engine = {
  name: 'tokenizers',
  open: (json, path) => new NativeTokenizer(json, path),
};

class NativeTokenizer implements Opened {
  private static count = 0;
  private readonly number = NativeTokenizer.count++;
  private readonly source: Request;

  constructor(
    json: TokenizerJson,
    private readonly path: string,
  ) {
    const ids = json.added_tokens.map(({ content, id }) => [content, id] as const);
    this.source = { kind: 'open', number: this.number, json: JSON.stringify(json), ids };
    this.ask(this.source);
  }

  encode(text: string, pair?: string): { ids: number[]; types: number[] } {
    const { ids, types } = this.ask({ kind: 'encode', number: this.number, text, pair }) as Encoded;
    return { ids: [...ids], types: [...types] };
  }

  encodeBare(text: string): number[] {
    return [...(this.ask({ kind: 'encode', number: this.number, text, bare: true }) as Encoded).ids];
  }

  decode(ids: readonly number[]): string {
    return this.ask({ kind: 'decode', number: this.number, ids }) as string;
  }

  private ask(request: Request): unknown {
    const reply = call(request);
    if (reply.kind === 'done') return reply.value;
    if (reply.kind === 'forgotten') {
      this.ask(this.source);
      return this.ask(request);
    }
    if (reply.kind === 'missing')
      throw new NoLibrary(`the package tokenizers does not run on this machine (${reply.message})`);
    const what =
      reply.kind === 'failed'
        ? ''
        : request.kind === 'open'
          ? 'the tokenizers library gave up on it: '
          : 'the tokenizers library gave up: ';
    throw tokenizerError(`${this.path}: ${what}${reply.message}`);
  }
}

let line: { port: MessagePort; signal: Int32Array } | undefined;

/** Asks and waits. */
function call(request: Request): Reply {
  const { port, signal } = (line ??= connect());
  Atomics.store(signal, 0, 0);
  port.postMessage(request);
  // the wake-up of an earlier answer may come late: what counts is the value
  while (Atomics.load(signal, 0) === 0) Atomics.wait(signal, 0, 0);
  const received = receiveMessageOnPort(port) as { message: Reply } | undefined;
  ensure(received, 'an answer without a message');
  return received.message;
}

function connect(): { port: MessagePort; signal: Int32Array } {
  const { port1: port, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const program = join(projectRoot(), 'dist', 'tokenizers', 'engines', 'thread.js');
  const worker = new Worker(program, { workerData: { port: port2, signal }, transferList: [port2], execArgv: [] });
  worker.unref();
  port.unref();
  return { port, signal };
}

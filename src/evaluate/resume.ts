/**
 * The state of an evaluation, so that it can go on after an interruption: JSON lines, of which the first says what run it is and each other one
 * is a batch of finished rows. Lines are written whole; one that was cut short at the end, by a crash, is dropped and done again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { io, quote } from '../files/io.ts';
import { firstIssue } from '../files/json.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { BatchRecord } from './record.ts';

/** What makes a run what it is: a state of a run with another value of any of them is refused. */
export type Pins = Record<string, string | number>;

const FORMAT = 'puma-evaluation/2';
const Header = z.strictObject({
  format: z.literal(FORMAT),
  run: z.record(z.string(), z.union([z.string(), z.number()])),
});
const START = '{"format":"puma-evaluation/';

export type State = {
  batches: BatchRecord[];
  /** Appends a line, and waits until the disk has it. */
  append(batch: BatchRecord): Promise<void>;
  close(): Promise<void>;
};

/** A state that is kept nowhere. */
export function memoryState(): State {
  const batches: BatchRecord[] = [];
  return { batches, append: async (batch) => void batches.push(batch), close: async () => {} };
}

/** Opens a state, or begins one where there is no file. `rows` are those of this run. Throws E_RESUME. */
export async function openState(path: string, run: Pins, rows: ReadonlySet<number>): Promise<State> {
  const file = await io('write', path, () => open(path, 'a+', 0o600));
  try {
    const text = await io('read', path, () => file.readFile('utf8'));
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [header, ...lines] = whole.split('\n').slice(0, -1);
    if (header === undefined && text !== '' && !START.startsWith(text.slice(0, START.length))) throw foreign(path);
    if (header !== undefined) checkHeader(path, header, run);
    const batches = lines.map((line, i) => batchOf(path, line, i + 2));
    checkRows(path, batches, rows);
    await io('write', path, () => file.truncate(Buffer.byteLength(whole)));
    if (header === undefined) await write(path, file, { format: FORMAT, run });
    return {
      batches,
      async append(batch) {
        await write(path, file, batch);
        batches.push(batch);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function write(path: string, file: FileHandle, value: unknown): Promise<void> {
  await io('write', path, async () => {
    await file.appendFile(`${JSON.stringify(value)}\n`);
    await file.datasync();
  });
}

const ANOTHER = 'Name another file, or one that does not exist yet.';

const foreign = (path: string) => new PumaError('E_RESUME', `${path} is no state of an evaluation`, ANOTHER);

function checkHeader(path: string, line: string, run: Pins): void {
  const parsed = Header.safeParse(parse(line));
  if (!parsed.success) throw foreign(path);
  const before = parsed.data.run;
  for (const name of new Set([...Object.keys(run), ...Object.keys(before)])) {
    if (before[name] === run[name]) continue;
    const message = `${path} is the state of another run: ${name} was ${shown(before[name])}, now it is ${shown(run[name])}`;
    throw new PumaError('E_RESUME', message, 'Give what it was begun with, or name a file that does not exist yet.');
  }
}

const shown = (pin: string | number | undefined): string =>
  pin === undefined ? 'not given' : typeof pin === 'string' ? quote(pin) : String(pin);

function batchOf(path: string, line: string, number: number): BatchRecord {
  const parsed = BatchRecord.safeParse(parse(line));
  if (parsed.success) return parsed.data;
  throw new PumaError('E_RESUME', `line ${number} of ${path} is damaged: ${firstIssue(parsed.error)}`, ANOTHER);
}

function checkRows(path: string, batches: readonly BatchRecord[], rows: ReadonlySet<number>): void {
  const seen = new Set<number>();
  for (const { row } of batches.flatMap((batch) => batch.rows)) {
    if (rows.has(row) && !seen.has(row)) {
      seen.add(row);
      continue;
    }
    const what = rows.has(row) ? ' twice' : ', which is none of this run';
    throw new PumaError('E_RESUME', `${path} holds row ${row}${what}`, ANOTHER);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const textDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Of everything that says what a model computes: its configuration, its rings and all its weights. */
export async function modelDigest({ folder, ring }: ResolvedModel, config: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ config, ring }));
  const files = folder === undefined ? [] : await io('read', folder, () => readdir(folder));
  for (const name of files.filter((file) => /\.safetensors$|^(tokenizer|vocab|merges)/.test(file)).sort()) {
    const path = join(folder!, name);
    hash.update(`\n${name}\n`);
    await io('read', path, async () => {
      for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes);
    });
  }
  return hash.digest('hex').slice(0, 32);
}

import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { jsonOf } from '../files/json.ts';
import { REVEALS } from '../heads/head.ts';
import type { Label, Link } from '../transport/link.ts';
import { WORK_KINDS } from '../work/kinds.ts';

/** What the client and a party tell each other beside shares: JSON under fixed labels. All of it is public. */

/** A label of up to 8 letters and a number. */
export function label(name: string, number = 0): Label {
  const bytes = Buffer.alloc(12);
  bytes.write(name, 0, 8, 'latin1');
  bytes.writeUInt32BE(number, 8);
  return bytes.toString('latin1');
}

/** Party -> client, once its weights are loaded. */
export const Ready = z.strictObject({
  role: z.int().min(0).max(2),
  pid: z.int(),
  digest: z.string(),
  simd: z.string(),
});
export type Ready = z.infer<typeof Ready>;

/** A session can run so many texts side by side. */
export const MAX_TEXTS = 63;

const AskedText = z.strictObject({
  /**
   * How many tokens come in, and how many of the same text came before: 0 begins a text. What came after those is forgotten. A text that
   * goes on is alone.
   */
  tokens: z.int().min(1),
  from: z.int().min(0),
  /** Whether the client also shares a mask of the tokens that count. */
  padded: z.boolean(),
});

/** Client -> party: one inference. */
export const Job = z.strictObject({
  number: z.int().min(0),
  /** Texts that are computed side by side, so that they share rounds. */
  texts: z.array(AskedText).min(1).max(MAX_TEXTS),
  reveal: z.enum(REVEALS),
  /** Whether every layer is opened to the client: only if all evaluators were started so. */
  layers: z.boolean(),
  /** Whether the client is told how many values left their range, by kind of site. */
  check: z.boolean(),
});
export type Job = z.infer<typeof Job>;

/** Client -> party: no more jobs. */
export const DONE = label('done');

/** The name under which the counts of values that left their range are opened. */
export const RANGE_COUNTS = 'ranges';

export const Traffic = z.strictObject({ sent: z.int(), received: z.int() });

const OpenedValue = z.strictObject({ name: z.string(), rows: z.int(), cols: z.int(), bits: z.int(), frac: z.int() });
export type OpenedValue = z.infer<typeof OpenedValue>;

/** Party -> client, after a job: bytes on each link since the job came in, by 0, 1, 2, client. */
export const Report = z.strictObject({
  rounds: z.int(),
  peakRssBytes: z.int(),
  traffic: z.record(z.string(), Traffic),
  /** By kind of work. */
  spent: z.partialRecord(z.enum(WORK_KINDS), z.strictObject({ seconds: z.number(), sent: z.int(), rounds: z.int() })),
  /** Ring of each value opened to the client, in order, for each text. */
  opened: z.array(z.array(OpenedValue)),
});
export type Report = z.infer<typeof Report>;

export function sendJson(link: Link, at: Label, value: unknown): void {
  link.send(at, Buffer.from(JSON.stringify(value)));
}

export async function receiveJson<T>(link: Link, at: Label, schema: z.ZodType<T>): Promise<T> {
  const text = Buffer.from(await link.receive(at)).toString('utf8');
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new PumaError(
    'E_PROTOCOL',
    `${link.peer} sent a message that is not as agreed`,
    'Are all ends of one version?',
    1,
  );
}

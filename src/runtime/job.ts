import { option, PumaError, words } from '../errors.ts';
import { type Model, newPast } from '../models/model.ts';
import { receiveInput, reveal } from '../mpc/client.ts';
import { toAdditive } from '../mpc/local.ts';
import { argmax } from '../mpc/maximum.ts';
import { rescale, settle } from '../mpc/truncate.ts';
import { Additive } from '../mpc/values.ts';
import { formBound } from '../ops/bounds.ts';
import type { Past } from '../ops/ops.ts';
import { SecureOps, type SharedWeights } from '../ops/secure.ts';
import { RangeChecks } from '../ops/secure-check.ts';
import { logitsRing, REVEALED, REVEALED_LAYER, type Ring } from '../ops/secure-rings.ts';
import { additive, colsOf, rowsOf, type Secure } from '../ops/secure-values.ts';
import type { Party } from '../party/party.ts';
import { integersOf } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { Link } from '../transport/link.ts';
import { type Job, label, type OpenedValue, RANGE_COUNTS } from './messages.ts';

/** What jobs of a client are run with. */
export type JobContext = {
  party: Party;
  client: Link;
  model: Model;
  ring: ModelRing & { table: { bits: number } };
  weights: SharedWeights;
  /** Of the text that goes on: the earlier jobs of it have filled it. */
  past: readonly Past<Secure>[];
  onProgress?(name: string): void;
};

/** Runs one inference at one party: its texts side by side. -> for each of them, what was opened to the client, in order */
export async function runJob(context: JobContext, job: Job): Promise<OpenedValue[][]> {
  const { party, model } = context;
  if (job.texts.length === 1) return [await party.scope((p) => runText({ ...context, party: p }, job, 0))];
  const texts = job.texts.map((_, t) => (p: Party) => {
    return p.scope((inner) => runText({ ...context, party: inner, past: newPast(model) }, job, t));
  });
  return party.all(...texts) as Promise<OpenedValue[][]>;
}

async function runText(context: JobContext, job: Job, t: number): Promise<OpenedValue[]> {
  const { party, client, model, ring, weights, past } = context;
  const text = job.texts[t]!;
  const opened: OpenedValue[] = [];
  const show = async (at: Party, name: string, x: Secure, value: Additive) => {
    reveal(at, client, openedLabel(job.number, t, opened.length), value);
    opened.push({ name, rows: rowsOf(x), cols: colsOf(x), bits: value.bits, frac: value.frac });
  };
  const open = async (at: Party, name: string, x: Secure, to: Ring) =>
    show(at, name, x, await rescale(at, additive(at, x), to));

  const showCounts = async (at: Party, counts: Additive) => show(at, RANGE_COUNTS, counts, counts);

  const rows = await receiveInput(party, client, rowsSpec(job, t, model, ring.table.bits));
  const mask = text.padded ? await receiveInput(party, client, maskSpec(job, t)) : undefined;
  if (t === 0) party.session.spending?.take(); // waiting for the client is nobody's work
  party.countRounds(1, 'embedding'); // the client's shares are the first message of the chain
  const checks = job.check ? new RangeChecks(ring) : undefined;
  const ops = new SecureOps(party, {
    ring,
    weights,
    checks,
    async onTap(at, name, x) {
      if (party.role !== 0) context.onProgress?.(name);
      if (job.layers && name !== model.head.output) await open(at, name, x, REVEALED_LAYER);
    },
  });
  const input = { tokens: text.tokens, rows, every: job.reveal === 'every', past };
  const out = await model.forward<Secure>(ops, mask ? { ...input, mask } : input);
  if (checks) noteOutput(party, checks, model, ring, out);
  if (checks) await party.during('check', async (p) => showCounts(p, await checks.counts(p)));
  await party.during('head', async () => {
    if (job.reveal !== 'token') return open(party, 'output', out, REVEALED);
    const token = await nextToken(party, out, model.outputs, integersOf(ring, 'logits', 'head'));
    return show(party, 'token', token, token);
  });
  return opened;
}

/** What is opened of the model's output has a range too, and so have logits whose largest is looked for. */
function noteOutput(party: Party, checks: RangeChecks, model: Model, ring: ModelRing, out: Secure): void {
  const shown = additive(party, out);
  const { argmax: picks } = model.head;
  const whole = picks ? integersOf(ring, 'logits', 'head') : REVEALED.bits - 1 - REVEALED.frac;
  const limit = Math.min(2 ** whole, formBound(shown).most);
  if (picks) checks.note(party, 'logits', 'head', shown, limit);
  else checks.note(party, 'output', 'output', shown, limit);
}

/** The index of the largest logit: nothing else of the logits is opened. [1, vocabulary] -> [1, 1] */
async function nextToken(party: Party, logits: Secure, vocabulary: number, integers: number): Promise<Additive> {
  const settled = await settle(party, additive(party, logits), logitsRing(integers));
  const { index } = await argmax(party, settled, indexBits(vocabulary));
  const { bits, share } = toAdditive(party, index);
  return new Additive([1, 1], bits, 0, share);
}

/** The client reads it as a signed number. */
const indexBits = (vocabulary: number): number => Math.ceil(Math.log2(vocabulary)) + 1;

export type Permission = { layers: boolean; logits: boolean };

/** Refuses what the client must not ask. `seen` tokens of a text are in the past. */
export function checkJob(job: Job, { head, maxTokens }: Model, allowed: Permission, seen: number): void {
  const { layers, reveal: shown, texts } = job;
  if (layers && !allowed.layers) {
    throw new PumaError(
      'E_REVEAL',
      'the client asks for every layer, which this party was not started to open',
      words`Start the parties with ${option('revealLayers')}.`,
    );
  }
  if (!head.reveals.all.includes(shown)) {
    throw new PumaError('E_PROTOCOL', `the client asks for ${shown} of a model that ${head.verb}`);
  }
  if (head.reveals.permitted.includes(shown) && !allowed.logits) throw logitsForbidden();
  for (const { from, tokens } of texts) {
    if (from + tokens > maxTokens) {
      throw new PumaError('E_LENGTH', `the client sends ${from + tokens} tokens; the model takes ${maxTokens}`);
    }
    if (from !== 0 && (from > seen || texts.length > 1)) {
      throw new PumaError('E_PROTOCOL', `the client goes on after ${from} tokens; ${seen} have come in`);
    }
  }
}

/** The model owner decides what clients may see. */
export const logitsForbidden = (): PumaError =>
  new PumaError(
    'E_REVEAL',
    'these shares permit the next token only, no logits',
    words`Leave out ${option('reveal')}, or have the model owner share the weights with ${option('reveal', 'logits', 'shareWeights')}.`,
  );

/** The one-hot rows of text t: integers, in the ring of the tables they are multiplied by. */
export const rowsSpec = ({ number, texts }: Shape, t: number, model: Model, bits: number) => ({
  label: label(`rows${t}`, number),
  shape: [texts[t]!.tokens, model.rowWidth],
  bits,
  frac: 0,
});

/** The mask of text t over all its tokens so far: 1 for a token, 0 for padding. */
export const maskSpec = ({ number, texts }: Shape, t: number) => ({
  label: label(`mask${t}`, number),
  shape: [1, texts[t]!.from + texts[t]!.tokens],
  bits: 48, // the largest ring of scores has 42
  frac: 0,
});

type Shape = Pick<Job, 'number' | 'texts'>;

/** Of the i-th value of text t that a job opens. */
export const openedLabel = (job: number, t: number, i: number) => label(`o${t}.${i}`, job);

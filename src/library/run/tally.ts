/** What all answers of a run took together. */
import { type Bytes, countBytes, countKinds } from '../../runtime/answers.ts';
import type { Answer, Took } from '../../runtime/client.ts';

type Kinds = ReturnType<typeof countKinds>;

export class Tally {
  seconds = 0;
  rounds = 0;
  bytes: Bytes | undefined;
  readonly kinds: Kinds = {};
  /** By party 0, 1, 2: the most memory that it has held, in bytes. */
  readonly peaks = [0, 0, 0];
  private readonly layers: Map<string, number>;
  private last: number | undefined;

  /** `names` are those of the values that the model taps, in their order. */
  constructor(names: readonly string[]) {
    this.layers = new Map([...names, 'answer'].map((name) => [name, 0]));
  }

  /** Inference begins. */
  begin(now = performance.now()): void {
    this.last = now;
  }

  /** Evaluator 1 has computed this layer. It may tell so later than the answer: then nothing is counted. */
  reached(name: string, now = performance.now()): void {
    if (this.last === undefined) return;
    this.layers.set(name, (this.layers.get(name) ?? 0) + (now - this.last) / 1000);
    this.last = now;
  }

  /** Inference ends. */
  end(now = performance.now()): void {
    this.reached('answer', now);
    this.last = undefined;
  }

  add(answer: Pick<Answer, 'seconds' | 'rounds' | 'reports'> | Took): void {
    this.seconds += answer.seconds;
    this.rounds += answer.rounds;
    this.bytes = this.bytes ? sumBytes(this.bytes, countBytes([answer])) : countBytes([answer]);
    for (const [kind, more] of Object.entries(countKinds([answer]))) {
      const { seconds, bytes, rounds } = this.kinds[kind] ?? { seconds: 0, bytes: 0, rounds: 0 };
      this.kinds[kind] = {
        seconds: seconds + more.seconds,
        bytes: bytes + more.bytes,
        rounds: rounds + more.rounds,
      };
    }
    for (const [party, { peakRssBytes }] of answer.reports.entries()) {
      this.peaks[party] = Math.max(this.peaks[party]!, peakRssBytes);
    }
  }

  /** Seconds of inference up to each layer, by the clock of the client; `answer` is what follows the last. */
  get layerTimes(): { name: string; seconds: number }[] {
    return [...this.layers].map(([name, seconds]) => ({ name, seconds }));
  }
}

function sumBytes(a: Bytes, b: Bytes): Bytes {
  const links = new Map(a.links.map(({ from, to, bytes }) => [`${from} ${to}`, { from, to, bytes }]));
  for (const { from, to, bytes } of b.links) {
    const known = links.get(`${from} ${to}`);
    links.set(`${from} ${to}`, { from, to, bytes: bytes + (known?.bytes ?? 0) });
  }
  return {
    dealer: a.dealer + b.dealer,
    online: a.online + b.online,
    client: a.client + b.client,
    total: a.total + b.total,
    perParty: a.perParty.map(({ party, sent, received }, i) => ({
      party,
      sent: sent + b.perParty[i]!.sent,
      received: received + b.perParty[i]!.received,
    })),
    links: [...links.values()],
  };
}

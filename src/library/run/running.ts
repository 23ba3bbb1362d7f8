/** Three parties that run: whose turn it is to ask them, and what their answers have taken so far. */

import { PumaError } from '../../errors.ts';
import type { Task } from '../../heads/index.ts';
import type { ResolvedModel } from '../../loaders/resolve.ts';
import type { Query } from '../../models/query.ts';
import type { Bytes } from '../../runtime/answers.ts';
import { type Checking, checkingOf, checkLeft, type RangeState, rangeState } from '../../runtime/checked.ts';
import type { Answer, Shown, Took } from '../../runtime/client.ts';
import type { LocalParties } from '../../runtime/launch.ts';
import { checkUsable, type Manifest, unusableRows } from '../../shares/index.ts';
import type { Network } from '../../transport/shaped.ts';
import { stepOf } from '../progress.ts';
import { unlessAborted } from './abort.ts';
import { Kept } from './kept.ts';
import { planOf } from './model.ts';
import type { RunOptions } from './options.ts';
import { engineOf, type Reader, warningsOf } from './reader.ts';
import { Tally } from './tally.ts';
import { Turns } from './turns.ts';

/** What a run took so far. */
export type RunReport = {
  model: string;
  task: Task;
  seconds: { startup: number; share: number; inference: number };
  /** On all links, headers included. */
  bytes: Bytes;
  rounds: number;
  /** By kind of work: seconds and rounds of evaluator 1, its waiting included; what the three parties sent each other. */
  kinds: Record<string, { seconds: number; bytes: number; rounds: number }>;
  /** Seconds of inference up to each layer; `answer` is what follows the last. */
  layers: { name: string; seconds: number }[];
  parties: { party: number; pid: number; peakRssBytes: number }[];
  ring: RingReport;
  simd: string;
  /** The library that took texts apart, where there is a tokenizer. */
  tokenizer?: { engine: string };
  ranges: RangeState;
  /** Between all ends, if it was shaped. */
  network?: Network;
  /** What the files of the checkpoint say that is not used, if there is anything. */
  warnings?: string[];
};

/** `plan`: the file of the plan that the rings are of; missing for the model's default rings, or those that were asked for. */
export type RingReport = { bits: number; fractionBits: number; plan?: string };

type Parts = {
  reader: Reader;
  /** Of the shares. */
  manifest: Manifest;
  /** What sharing the weights told of. */
  warnings: readonly string[];
  ring: RingReport;
  network: Network | undefined;
  options: Pick<RunOptions, 'checkRanges' | 'allowOverflow' | 'onProgress'>;
  /** Of the values that the model taps. */
  names: readonly string[];
  seconds: { startup: number; share: number };
  local: LocalParties;
  stop: AbortController;
  cleanUp(): Promise<void>;
};

/** A text that is being written: nobody else may ask until it ends, for its later tokens build on its earlier ones. */
export type Turn = {
  ask(query: Query): Promise<Answer>;
  /** The rest of a text's first query, behind what the parties keep of its thread. */
  unread(query: Query): Query;
  end(): void;
};

export class Running {
  readonly reader: Reader;
  readonly manifest: Manifest;
  private readonly turns = new Turns();
  private readonly tally: Tally;
  private readonly checking: Checking;
  private readonly kept: Kept;
  /** The question that the parties are asked now. */
  private asked: Promise<unknown> = Promise.resolve();
  private busy = 0;
  private layer: (name: string) => void = () => {};
  private closing: Promise<void> | undefined;
  private ending = false;
  private readonly warnings: Set<string>;

  constructor(private readonly parts: Parts) {
    const { reader, manifest, options, names, stop } = parts;
    this.reader = reader;
    this.manifest = manifest;
    this.warnings = new Set([...reader.warnings, ...parts.warnings, ...unusableRows(manifest)]);
    this.tally = new Tally(names);
    this.checking = checkingOf(manifest.ring, options);
    this.kept = new Kept(reader.program.inParts);
    const close = () => void this.close().catch(() => {}); // whoever closes is told
    stop.signal.addEventListener('abort', close, { once: true });
    if (stop.signal.aborted) close();
  }

  /** Has the report say so. */
  warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.warnings.add(warning);
  }

  /** For results and reports. */
  get warned(): { warnings?: string[] } {
    return warningsOf({ warnings: [...this.warnings] });
  }

  /** Evaluator 1 has computed a value that the model names. */
  readonly reached = (name: string): void => {
    this.tally.reached(name);
    this.layer(name);
  };

  /**
   * One query, when those before it are answered. An abort gives up the answer, not the parties. Throws E_CLOSED, E_OVERFLOW (values left
   * their range), what made a party fail, or the signal's reason.
   */
  async ask(query: Query, signal?: AbortSignal): Promise<Answer> {
    const answer = this.turns.take().then((end) => this.askNow(query, signal).finally(end));
    return this.unlessEnded(answer, signal);
  }

  /** Several queries at once, which share rounds, without a check of their ranges. */
  async askAll(queries: readonly Query[]): Promise<{ texts: Shown[] } & Took> {
    for (const query of queries) checkUsable(this.manifest, this.reader.program, query);
    const end = await this.turns.take();
    this.kept.forget();
    return this.counted(() => this.parts.local.inferAll(queries)).finally(end);
  }

  /** Waits for the turn of a text, of a conversation or alone. `onWanted` is called when somebody else wants to ask. */
  async beginText(onWanted: () => void, signal?: AbortSignal, thread?: object): Promise<Turn> {
    const turn = this.turns.take(onWanted);
    const end = await this.unlessEnded(turn, signal).catch((error) => {
      void turn.then((end) => end());
      throw error;
    });
    return {
      ask: (query) => this.unlessEnded(this.askNow(query, signal, thread), signal),
      unread: (query) => this.kept.unread(query, thread),
      end: () => void this.asked.finally(end),
    };
  }

  private async askNow(query: Query, signal?: AbortSignal, thread?: object): Promise<Answer> {
    signal?.throwIfAborted();
    checkUsable(this.manifest, this.reader.program, query);
    const before = this.kept.forget(); // until there is an answer
    const answer = await this.counted(() => this.parts.local.infer({ ...query, check: this.checking.check }));
    checkLeft(answer, this.checking);
    this.kept.add(before, query, thread);
    return answer;
  }

  private async counted<T extends Took>(work: () => Promise<T>): Promise<T> {
    const { stop, options, names } = this.parts;
    stop.signal.throwIfAborted();
    if (this.ending) throw CLOSED(); // the links close while the parties end
    const step = stepOf(options.onProgress, 'compute', names.length);
    let done = 0;
    this.layer = (name) => step.to(++done, name);
    this.busy++;
    this.tally.begin();
    const answer = work();
    this.asked = answer.catch(() => {});
    try {
      const took = await answer;
      this.tally.add(took);
      return took;
    } finally {
      this.tally.end();
      this.busy--;
      this.layer = () => {};
      step.end();
    }
  }

  /** Settles when nobody asks or waits any more. */
  idle(): Promise<unknown> {
    return this.turns.idle();
  }

  report(): RunReport {
    const { tally } = this;
    const { manifest, ring, network, local, seconds } = this.parts;
    const { parties } = local.client;
    return {
      model: this.reader.name,
      task: this.reader.program.head.name,
      seconds: { ...seconds, inference: tally.seconds },
      bytes: tally.bytes ?? NOTHING,
      rounds: tally.rounds,
      kinds: tally.kinds,
      layers: tally.layerTimes,
      parties: parties.map(({ pid }, party) => ({ party, pid, peakRssBytes: tally.peaks[party]! })),
      ring,
      simd: parties[1]!.simd,
      ...engineOf(this.reader),
      ...(network ? { network } : {}),
      ranges: rangeState(manifest.ring, this.checking),
      ...this.warned,
    };
  }

  /** Ends the parties and removes their folder. Who still waits for an answer is told E_CLOSED. */
  close(): Promise<void> {
    return (this.closing ??= Promise.resolve().then(() => this.end()));
  }

  private async end(): Promise<void> {
    const { stop, local, cleanUp } = this.parts;
    const closed = CLOSED();
    this.ending = true;
    if (this.busy > 0) stop.abort(closed);
    await local.stop();
    stop.abort(closed);
    await this.asked; // nothing is on its way any more
    await cleanUp();
  }

  /** What the work gives; or the reason why the run or this signal was ended, as soon as it is. */
  private unlessEnded<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return unlessAborted(work, [this.parts.stop.signal, ...(signal ? [signal] : [])]);
  }
}

const CLOSED = () => new PumaError('E_CLOSED', 'the parties have been closed', 'Start new ones: startParties().');

const NOTHING: Bytes = {
  ...{ dealer: 0, online: 0, client: 0, total: 0, links: [] },
  perParty: [0, 1, 2].map((party) => ({ party, sent: 0, received: 0 })),
};

/** The rings of shares: of a plan, if their owner had one. `given`: they were there before the run. */
export function ringOf(
  { ring: { bits, fractionBits }, calibration }: Pick<Manifest, 'ring' | 'calibration'>,
  model: ResolvedModel | undefined,
  given: boolean,
): RingReport {
  const plan = given ? (calibration === 'planned' ? { plan: 'the shares' } : {}) : planOf(model?.calibration);
  return { bits, fractionBits, ...plan };
}

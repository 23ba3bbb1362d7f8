/** Three party processes that run, and whose turn it is to ask them. */
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { makeTempFolder, removeTempFolder } from '../files/temp.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Query } from '../models/query.ts';
import { type Checking, checkingOf, checkLeft } from '../runtime/checked.ts';
import type { Answer } from '../runtime/client.ts';
import { LocalParties } from '../runtime/launch.ts';
import type { Manifest, ShareProgress } from '../shares/index.ts';
import { shareWeights } from '../shares/share-model.ts';
import { type Network, readNetwork } from '../transport/shaped.ts';
import type { Reader } from './model.ts';

/** What a run does at the moment: bytes of weights that are shared; the layer that was computed. */
export type Progress = ({ what: 'share' } & ShareProgress) | { what: 'compute'; name: string };

export type RunOptions = {
  kernels?: Kernels | undefined;
  /** As if the ends were on such a network: 'lan', 'wan', or a round trip and a bandwidth such as '10ms,1Gbit'. */
  network?: string | undefined;
  /** Ends everything, and removes what was made. */
  signal?: AbortSignal | undefined;
  /** Check that values stay within their rings: where the weights prove too little, unless told otherwise. */
  checkRanges?: boolean | undefined;
  /** Give an answer although values left their range. */
  allowOverflow?: boolean | undefined;
  onProgress?(progress: Progress): void;
};

export type Plan = {
  reader: Reader;
  /** Shares that are there; or a model, which is then shared for this run alone. */
  from: { shares: string; manifest: Manifest } | { model: ResolvedModel };
  /** Let the client have every layer. */
  revealLayers?: boolean;
};

/** Starts three parties. Throws the cause when that fails or is aborted: then nothing is left. */
export async function run(plan: Plan, options: RunOptions): Promise<Running> {
  const { kernels = loadKernels(), signal } = options;
  const network = networkOf(options);
  signal?.throwIfAborted();
  const folder = await makeTempFolder();
  const stop = new AbortController();
  const abort = () => stop.abort(signal!.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const cleanUp = async () => {
    signal?.removeEventListener('abort', abort);
    await removeTempFolder(folder);
  };
  try {
    const how = { ...options, kernels, signal: stop.signal };
    const shared = await sharesIn(folder, plan, how);
    const local = await start(folder, shared, plan, { ...how, network });
    const checking = checkingOf(shared.manifest.ring, options);
    return new Running(plan.reader, shared.manifest, checking, local, stop, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function networkOf({ network: text }: RunOptions): Network | undefined {
  if (text === undefined) return undefined;
  const network = readNetwork(text);
  if (network) return network;
  const hint = 'Give lan, wan, or a round trip and a bandwidth: 10ms,1Gbit.';
  throw new PumaError('E_OPTION', `network is ${JSON.stringify(text)}`, hint);
}

type Shares = { shares: string; manifest: Manifest };
type How = { kernels: Kernels; signal: AbortSignal } & Pick<RunOptions, 'onProgress'>;

/** The shares that are there; or new ones in the run's own folder, of which the client may see what it likes. */
async function sharesIn(folder: string, { from }: Plan, { kernels, signal, onProgress }: How): Promise<Shares> {
  if ('shares' in from) return from;
  const out = join(folder, 'shares');
  const tell = (progress: ShareProgress) => onProgress?.({ what: 'share', ...progress });
  const manifest = await shareWeights({ model: from.model, out, kernels, signal, onProgress: tell, reveal: 'logits' });
  return { shares: out, manifest };
}

function start(
  folder: string,
  { shares, manifest }: Shares,
  { reader, revealLayers = false }: Plan,
  { kernels, signal, network, onProgress }: How & { network: Network | undefined },
): Promise<LocalParties> {
  return LocalParties.start({
    ...{
      folder,
      shares,
      model: reader.program,
      tableBits: manifest.ring.table.bits,
      kernels,
      network,
      revealLayers,
      signal,
    },
    threads: kernels.threads,
    onProgress: (name) => onProgress?.({ what: 'compute', name }),
  });
}

export class Running {
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** The text that is being written: its keys and values are with the parties. */
  #text: object | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    readonly reader: Reader,
    /** Of the shares: their rings, and the most that a client may be shown of a model that generates. */
    readonly manifest: Pick<Manifest, 'ring' | 'reveal'>,
    private readonly checking: Checking,
    private readonly local: LocalParties,
    private readonly stop: AbortController,
    private readonly cleanUp: () => Promise<void>,
  ) {
    const close = () => void this.close().catch(() => {}); // whoever closes is told
    stop.signal.addEventListener('abort', close, { once: true });
    if (stop.signal.aborted) close();
  }

  /**
   * One query, when those before it are answered. An abort gives up the answer, not the parties. Throws E_BUSY while another text is
   * being written, E_CLOSED, E_OVERFLOW (values left their range), what made a party fail, or the signal's reason.
   */
  async ask(query: Query, { signal, text }: { signal?: AbortSignal | undefined; text?: object } = {}): Promise<Answer> {
    if (this.#text !== text) throw busy();
    const answer = this.#turn.then(async () => {
      this.stop.signal.throwIfAborted();
      signal?.throwIfAborted();
      const checked = await this.local.infer({ ...query, check: this.checking.check });
      checkLeft(checked, this.checking);
      return checked;
    });
    this.#waiting++;
    this.#turn = answer.catch(() => {}).then(() => this.#waiting--);
    return unlessAborted(answer, signal);
  }

  /** Nobody else may ask until the text ends: its later tokens build on its earlier ones. */
  beginText(): object {
    if (this.#text) throw busy();
    return (this.#text = {});
  }

  endText(text: object): void {
    if (this.#text === text) this.#text = undefined;
  }

  /** Ends the parties and removes their folder. Who still waits for an answer is told E_CLOSED. */
  close(): Promise<void> {
    return (this.#closing ??= Promise.resolve().then(() => this.#end()));
  }

  async #end(): Promise<void> {
    const closed = new PumaError('E_CLOSED', 'the parties have been closed', 'Start new ones: startParties().');
    if (this.#waiting > 0) this.stop.abort(closed);
    await this.local.stop();
    this.stop.abort(closed);
    await this.#turn; // nothing is on its way any more
    await this.cleanUp();
  }
}

const busy = (): PumaError =>
  new PumaError(
    'E_BUSY',
    'these parties are writing another text',
    'Read it to its end, or start parties for each text.',
  );

/** What the work gives; or the signal's reason, as soon as it is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  work.catch(() => {});
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

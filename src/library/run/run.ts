/** A run before it starts: its model, how it is read, and where its shares come from. */
import { join } from 'node:path';
import { call, option, PumaError, words } from '../../errors.ts';
import { makeTempFolder, removeTempFolder } from '../../files/temp.ts';
import { type Kernels, loadKernels } from '../../kernels/index.ts';
import type { ResolvedModel } from '../../loaders/resolve.ts';
import type { Query } from '../../models/query.ts';
import { tapNames } from '../../plaintext/taps.ts';
import { LocalParties } from '../../runtime/launch.ts';
import type { Manifest } from '../../shares/index.ts';
import { checkFit, readShares } from '../../shares/share-model.ts';
import { type Network, readNetwork } from '../../transport/shaped.ts';
import { type Fields, text } from '../fields.ts';
import { during } from '../progress.ts';
import { shareModel } from '../share.ts';
import { checkRings, MODEL_FIELDS, type ModelChoice, nameModel, planModel } from './model.ts';
import { RUN_FIELDS, type RunOptions } from './options.ts';
import { forEachText, type Padding, queryOf, type Words } from './query.ts';
import { type Reader, readerOf, readerOfShares } from './reader.ts';
import { Running, ringOf } from './running.ts';

export type StartOptions = RunOptions &
  Omit<ModelChoice, 'model'> & {
    /** The folder that shareWeights() made. Without it the model is shared first, for this run alone. */
    shares?: string | undefined;
    /** Of shares: whose tokenizer reads texts, where that is not a model found by the name in the manifest. */
    model?: ModelChoice['model'] | undefined;
  };

export const START_FIELDS: Fields<StartOptions> = { ...RUN_FIELDS, ...MODEL_FIELDS, shares: text };

type Shared = { folder: string; manifest: Manifest; warnings?: readonly string[] };

/** Everything that can be known before anything is shared or started. */
export class Run {
  private planned: Promise<ResolvedModel> | undefined;

  constructor(
    readonly reader: Reader,
    readonly options: StartOptions & { kernels: Kernels },
    /** As the registry has it; missing for shares of a model that is not found here. */
    private readonly found: ResolvedModel | undefined,
    /** Shares that are there. */
    readonly shared: Shared | undefined,
  ) {}

  get network(): Network | undefined {
    return this.options.network === undefined ? undefined : readNetwork(this.options.network);
  }

  /** Whether the client may be shown all logits of a model that generates. Who shares for a run of their own may see what they like. */
  get permits(): Manifest['reveal'] {
    return this.shared?.manifest.reveal ?? 'logits';
  }

  /** The query for a text. Throws E_TEXT, E_TOKENIZER, E_TOKEN, E_LENGTH. */
  query(asked: Words & Padding): Query {
    return queryOf(this.reader, asked);
  }

  /** The lengths that parties will see, of each text. Throws what query() throws. */
  lengths(texts: readonly Words[], padding: Padding): Promise<number[]> {
    return forEachText(texts, this.options.signal, (text) => this.query({ ...text, ...padding }).ids.length);
  }

  /** The model with the rings of its plan; those of shares are checked against it. Throws E_MODEL, E_CALIBRATION, E_RANGE. */
  model(): Promise<ResolvedModel> {
    return (this.planned ??= this.plan());
  }

  private async plan(): Promise<ResolvedModel> {
    const { found, shared, options } = this;
    if (!found) {
      const message = `${this.reader.name} is not on this disk: there is no plaintext to compare with`;
      throw new PumaError('E_MODEL', message, words`Give the model too: ${option('model')}.`);
    }
    if (!shared) return planModel(found, options, options);
    if (shared.manifest.calibration === 'absent') await checkRings(found, shared.manifest.ring, options, options);
    return found;
  }

  /** Shares the weights unless they are shared, and starts three parties. Throws the cause when that fails or is aborted: then nothing is left. */
  async start({ revealLayers = false } = {}): Promise<Running> {
    const { signal } = this.options;
    signal?.throwIfAborted();
    if (this.found) await this.model();
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
      return await this.launch(folder, revealLayers, stop, cleanUp);
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }

  private async launch(
    folder: string,
    revealLayers: boolean,
    stop: AbortController,
    cleanUp: () => Promise<void>,
  ): Promise<Running> {
    const { options, reader, network } = this;
    const { kernels, onProgress } = options;
    const names = await tapNames(reader.program);
    const began = performance.now();
    const shares = this.shared ?? (await this.share(join(folder, 'shares'), stop.signal));
    const shared = this.shared ? began : performance.now();
    let hear: (name: string) => void = () => {};
    const local = await during(onProgress, 'start', 1, () =>
      LocalParties.start({
        ...{ folder, shares: shares.folder, model: reader.program, tableBits: shares.manifest.ring.table.bits },
        ...{ kernels, threads: kernels.threads, network, revealLayers, signal: stop.signal },
        onProgress: (name) => hear(name),
      }),
    );
    const seconds = { startup: (performance.now() - shared) / 1000, share: (shared - began) / 1000 };
    const model = this.found && (await this.model());
    const { manifest, warnings = [] } = shares;
    const ring = ringOf(manifest, model, this.shared !== undefined);
    const parts = { reader, manifest, warnings, ring, network, options, names, seconds, local, stop, cleanUp };
    const running = new Running(parts);
    hear = running.reached;
    return running;
  }

  /** New shares in the run's own folder. */
  private async share(folder: string, signal: AbortSignal): Promise<Shared> {
    const { kernels, onProgress } = this.options;
    const model = await this.model();
    try {
      const warnings: string[] = [];
      const onWarning = (warning: string) => void warnings.push(warning);
      const watch = { signal, onProgress, onWarning };
      const manifest = await shareModel({ model, out: folder, kernels, reveal: 'logits', ...watch });
      return { folder, manifest, warnings };
    } catch (error) {
      if (!(error instanceof PumaError) || error.code !== 'E_DISK') throw error;
      const hint = words`Set TMPDIR to a folder on another disk, or share once: ${call('shareWeights', { out: 'FOLDER' })}`;
      throw new PumaError(error.code, error.said.message, hint, error.exitCode);
    }
  }
}

/**
 * Reads a model, or the manifest of shares and the model it names. Throws E_SHARES, E_MANIFEST, E_MODEL, E_RING, E_CHECKPOINT,
 * E_ARCHITECTURE, E_CONFIG.
 */
export async function prepareRun(options: StartOptions): Promise<Run> {
  const { shares, model } = options;
  const all = { ...options, kernels: options.kernels ?? loadKernels() };
  if (shares === undefined) {
    if (model === undefined) {
      const hint = words`Give ${option('shares', 'FOLDER')}, or ${option('model', 'NAME')}.`;
      throw new PumaError('E_SHARES', 'there are neither shares nor a model', hint);
    }
    const found = await nameModel({ ...options, model });
    return new Run(await readerOf(found), all, found, undefined);
  }
  const shared = { folder: shares, manifest: await readShares(shares) };
  checkOwnRings(options, shares);
  if (model === undefined) {
    const { reader, model: found } = await readerOfShares(shares, shared.manifest);
    return new Run(reader, all, found, shared);
  }
  const found = await nameModel({ model, layers: options.layers });
  const reader = await readerOf(found);
  checkFit(shares, shared.manifest, reader, reader.program);
  return new Run(reader, all, found, shared);
}

/** Shares have rings of their own. */
function checkOwnRings({ linearRing, calibration }: StartOptions, shares: string): void {
  for (const [name, given] of Object.entries({ linearRing, calibration })) {
    if (given === undefined) continue;
    const hint = words`Leave out ${option(name)}, or share the weights again with it.`;
    throw new PumaError('E_RING', `${shares} holds shares in rings of their own`, hint);
  }
}

/** Cases of models: as they are, cut to fewer layers and extrapolated, or skipped with the reason. */
import { option, PumaError, words } from '../errors.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import type { Case } from './cases.ts';
import { extrapolate } from './extrapolate.ts';
import { type Ran, type RunOptions, runCases } from './model-run.ts';
import { type Published, publishedFor } from './published.ts';
import { freeNow, needOf, type Room, whyNoRoom } from './room.ts';

export type CaseResult = { name: string } & Case & { published: Published[] } & (
    | { skipped: string }
    | (Ran & { extrapolatedFromLayers?: [number, number] })
  );

/** Finds a model; with `layers`, one cut to so many. */
export type Open = (layers?: number) => Promise<ResolvedModel>;

export type ModelOptions = RunOptions & {
  /** Run with this many layers at most, and extrapolate. */
  layers?: number | undefined;
  /** Extrapolate what there is no room for instead of skipping it. */
  fit?: boolean | undefined;
  /** For tests: what is free on this machine. */
  free?(): Promise<Room>;
};

export type Program = { model: ResolvedModel; program: Model };

export async function openProgram(open: Open, layers?: number): Promise<Program> {
  const model = await open(layers);
  return { model, program: modelFor((await readModelConfig(model)) as Record<string, unknown>) };
}

/** Two cuts to draw a line through. */
const FIT_LAYERS = [1, 3] as const;

/** Measures cases of one model. What turns out not to fit on the disk after all is skipped too. */
export async function benchModel(open: Open, cases: readonly Case[], options: ModelOptions): Promise<CaseResult[]> {
  const whole = await openProgram(open);
  const name = whole.model.name.replace(/^synthetic:/, '');
  const named = cases.map((asked) => ({
    ...{ name, ...asked },
    published: publishedFor(name, asked.tokens, asked.newTokens),
  }));
  try {
    return await benchNamed(open, whole, named, options);
  } catch (error) {
    if (error instanceof PumaError && error.code === 'E_DISK') return skip(named, error.message);
    throw error;
  }
}

type Named = { name: string } & Case & { published: Published[] };

const skip = (cases: readonly Named[], skipped: string): CaseResult[] => cases.map((one) => ({ ...one, skipped }));

async function benchNamed(
  open: Open,
  whole: Program,
  cases: readonly Named[],
  options: ModelOptions,
): Promise<CaseResult[]> {
  const all = whole.program.layers;
  const wanted = cutsFor(options, all);
  if (!wanted) {
    const why = await noRoom(whole, cases, options);
    if (!why) return zip(cases, await run(whole, cases, options));
    const cut = options.fit && whole.model.synthetic && all > FIT_LAYERS[1];
    if (!cut) return skip(cases, why);
  }
  const layers = wanted ?? FIT_LAYERS;
  const [few, more] = [await openProgram(open, layers[0]), await openProgram(open, layers[1])];
  const why = await noRoom(more, cases, options);
  if (why) return skip(cases, `${why} (with ${layers[1]} layers)`);
  const less = await run(few, cases, options);
  const greater = await run(more, cases, options);
  const ran = less.map((one, i) =>
    extrapolate({ layers: layers[0], ran: one }, { layers: layers[1], ran: greater[i]! }, all),
  );
  return zip(cases, ran).map((one) => ({ ...one, extrapolatedFromLayers: [layers[0], layers[1]] }));
}

const run = ({ model, program }: Program, cases: readonly Case[], options: ModelOptions): Promise<Ran[]> =>
  runCases(model, program, cases, options);

function zip<T>(named: readonly T[], ran: readonly Ran[]): (T & Ran)[] {
  return named.map((one, i) => ({ ...one, ...ran[i]! }));
}

/** The cuts that --layers asks for: none if the model has no more layers than that. */
function cutsFor({ layers }: ModelOptions, all: number): readonly [number, number] | undefined {
  if (layers === undefined || layers >= all) return undefined;
  if (layers < 2) {
    const message = words`${option('layers', 1)} leaves one run, and a line needs two`;
    throw new PumaError('E_OPTION', message, words`Give ${option('layers', 2)} or more.`);
  }
  return [Math.max(1, Math.floor(layers / 3)), layers];
}

async function noRoom(
  { model, program }: Program,
  cases: readonly Case[],
  { free = freeNow }: ModelOptions,
): Promise<string | undefined> {
  const tokens = Math.max(...cases.map((asked) => asked.tokens));
  return whyNoRoom(needOf(program, model.ring, tokens), await free());
}

/** From two runs with fewer layers to one with all of them. */
import type { Measured } from './measure.ts';
import type { Phases, Ran } from './model-run.ts';

/** A run of a model that was cut to so many layers. */
export type Cut = { layers: number; ran: Ran };

/**
 * What a model with `layers` layers would take: every figure on the straight line through the same figure of two cuts. A transformer's
 * layers are alike, so bytes and rounds are exact; time is an estimate. Where noise makes the line fall it is taken to be flat, and the
 * parts of a time are scaled to make up the whole again. Memory does not grow with the layers of a model that is too large to be kept
 * (runtime/weights.ts): it is that of the larger cut.
 */
export function extrapolate(few: Cut, more: Cut, layers: number): Ran {
  const line = (a: number, b: number) => b + Math.max(0, (b - a) / (more.layers - few.layers)) * (layers - more.layers);
  const whole = (a: number, b: number) => Math.round(line(a, b));
  const [a, b] = [few.ran, more.ran];
  const { byKind: _more, ...bytes } = b.bytes;
  const { byKind: _few, ...fewBytes } = a.bytes;
  const seconds = ordered(each(onlySpread(a.seconds), onlySpread(b.seconds), line));
  return {
    runs: b.runs,
    seconds: {
      ...seconds,
      byPhase: phases(each(a.seconds.byPhase, b.seconds.byPhase, line), seconds.median),
      byKind: scaled(each(a.seconds.byKind, b.seconds.byKind, line), seconds.median),
    },
    bytes: { ...each(fewBytes, bytes, whole), byKind: each(a.bytes.byKind, b.bytes.byKind, whole) },
    rounds: whole(a.rounds, b.rounds),
    parties: b.parties,
  };
}

function phases({ share, startup, prompt = 0, further = 0 }: Phases, inference: number): Phases {
  const all = { share, startup, inference };
  return prompt > 0 ? { ...all, ...scaled({ prompt, further }, inference) } : all;
}

/** The same shares of another whole. */
function scaled<T extends Record<string, number>>(parts: T, whole: number): T {
  const sum = Object.values(parts).reduce((a, b) => a + b, 0);
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, (part * whole) / sum])) as T;
}

const onlySpread = ({ median, min, max }: Measured): Measured => ({ median, min, max });

/** Steep minima may overtake flat maxima. */
const ordered = ({ median, min, max }: Measured): Measured => ({
  median,
  min: Math.min(median, min, max),
  max: Math.max(median, min, max),
});

function each<T extends Record<string, number>>(a: T, b: T, line: (a: number, b: number) => number): T {
  return Object.fromEntries(Object.entries(b).map(([key, value]) => [key, line(a[key] ?? 0, value)])) as T;
}

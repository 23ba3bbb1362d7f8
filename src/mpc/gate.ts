import { type Party, scoped } from '../party/party.ts';
import { flip, xor } from './bits.ts';
import { GELU, GELU_NEW, INPUT_BITS, type Series, SILU, TANH } from './coefficients.ts';
import { below, belowPrice } from './compare.ts';
import { cosineSeries, cosineSeriesPrice, type SeriesScale, seriesFrac } from './cosine.ts';
import { addAdditive, addPublicAdditive, drop, raise, raiseAdditive, reduce, toAdditive } from './local.ts';
import { remask, remaskPrice } from './remask.ts';
import { select, selectPrice, toRing, toRingPrice } from './select.ts';
import { lift, rescale, settlePrice, truncatePrice } from './truncate.ts';
import { Additive, beside, Masked, type Price, type Ring, sum } from './values.ts';

/**
 * GeLU, SiLU and their kin: 0 below -T, x from T on, and between them x/2 plus an even function, as a cosine series.
 * The input has 14 fractional bits; what is between the thresholds travels in a small ring, because it is between -0.3 and T.
 */

/** Comparisons look at 7 fractional bits: right outside 2^-6 of a threshold, where both pieces are equal to 2^-10 or better. */
const COMPARED = 7;
/** ReLU has one threshold, where its pieces meet at an angle: 9 fractional bits. */
const COMPARED_RELU = 9;

/** The ring of x, where |x| < 2^integers, as it passes through. */
export const gateRing = (integers: number) => ({ bits: INPUT_BITS + integers + 2, frac: INPUT_BITS }) as const;

/** x is in gateRing(integers); it is compared with both thresholds +-reach in so many bits. */
const compared = (integers: number, frac = COMPARED) => ({ t: INPUT_BITS - frac, n: frac + 1 + integers, radix: 2 });

/** |x| must be below this. Of what is compared, distances from a threshold may come out two units larger: x and T are rounded. */
export const gateBound = (integers: number, reach: number): number => 2 ** integers - reach - 2 ** (1 - COMPARED);

/** Integer bits of x, which is in gateRing(). */
const integersIn = ({ bits, frac }: Ring): number => bits - frac - 2;

/** Scales of the series; fractional bits of the gate; what is between the thresholds spans less than 2^whole. */
type Gate = { series: Series; scale: { g: number; p: number }; out: number; whole: number };

/** A gate is multiplied where it is SiLU (SwiGLU), by values of 60 and more in real models: its error is smaller. */
const GATES: Record<'gelu' | 'gelu_new' | 'silu', Gate> = {
  gelu: { series: GELU, scale: { g: 13, p: 14 }, out: 14, whole: 2 },
  gelu_new: { series: GELU_NEW, scale: { g: 13, p: 14 }, out: 14, whole: 2 },
  silu: { series: SILU, scale: { g: 15, p: 16 }, out: 15, whole: 4 },
};

export type GateKind = keyof typeof GATES;

/** The ring of the gate itself, where |x| < 2^integers. */
export const gatedRing = (kind: GateKind, integers: number): Ring => ({
  bits: GATES[kind].out + integers + 2,
  frac: GATES[kind].out,
});

/** Ring of the value inside. */
const insideRing = ({ out, whole }: Gate): Ring => ({ bits: out + whole + 1, frac: out });

/** The series is settled to the ring inside by a shift alone. */
function seriesScale(gate: Gate): SeriesScale {
  const { bits, frac } = insideRing(gate);
  return { ...gate.scale, bits: bits + seriesFrac(gate.series.coefficients, gate.scale) - frac };
}

export function gatePrice(n: number, kind: GateKind, integers: number): Price {
  const gate = GATES[kind];
  const { bits: inside } = insideRing(gate);
  const series = sum(cosineSeriesPrice(n, gate.series.coefficients, seriesScale(gate)), remaskPrice(n, inside));
  return sum(
    beside(belowPrice(n, 2, compared(integers).n, 2), series),
    beside(
      sum(selectPrice(n, inside), truncatePrice(n, gatedRing(kind, integers).bits - inside)),
      selectPrice(n, gateRing(integers).bits),
    ),
  );
}

/**
 * The gate of masked x in gateRing(n), |x| < gateBound(n, T): additive, in gatedRing(n). Largest error: docs/protocols.md.
 * 5 rounds. The comparison runs beside the series.
 */
export const gate = scoped(async (party, x: Masked, kind: GateKind): Promise<Additive> => {
  const { series, out } = GATES[kind];
  const to = insideRing(GATES[kind]);
  const reach = BigInt(Math.round(series.reach * 2 ** INPUT_BITS));
  const [[low, high], value] = await party.all(
    (p) => below(p, x, [-reach, reach], compared(integersIn(x))),
    async (p) => {
      const even = await rescale(p, await cosineSeries(p, x, series, seriesScale(GATES[kind])), to);
      return remask(p, addAdditive(p, [even, toAdditive(p, halve(p, x, to))]));
    },
  );
  const [middle, above] = await party.all(
    async (p) =>
      liftCentred(p, await select(p, xor(p, low!, high!), value), series.reach, gatedRing(kind, integersIn(x))),
    (p) => select(p, flip(p, high!), x),
  );
  return addAdditive(party, [middle, raiseAdditive(party, above, out - INPUT_BITS)]);
});

/** x / 2 in a ring of at most as many fractional bits as x has, and one. */
function halve(party: Party, x: Masked, { bits, frac }: Ring): Masked {
  const more = frac - INPUT_BITS - 1;
  const half = reduce(more < 0 ? drop(party, x, -more) : raise(party, x, more), bits);
  return new Masked(half.shape, bits, frac, half.first, half.second);
}

/** To a larger ring: z lies between -0.3 and reach, and is lifted about its middle, so that its ring needs one bit less. */
async function liftCentred(party: Party, z: Additive, reach: number, { bits }: Ring): Promise<Additive> {
  const middle = BigInt(Math.round((reach / 2 - 0.1) * 2 ** z.frac));
  const lifted = await lift(party, addPublicAdditive(party, z, -middle), bits);
  return addPublicAdditive(party, lifted, middle);
}

export const reluPrice = (n: number, integers: number): Price =>
  sum(belowPrice(n, 1, compared(integers, COMPARED_RELU).n, 2), selectPrice(n, gateRing(integers).bits));

/** max(x, 0) of masked x in gateRing(n), |x| < gateBound(n, 0): additive, in the same ring. */
export const relu = scoped(async (party, x: Masked): Promise<Additive> => {
  const [negative] = await below(party, x, [0n], compared(integersIn(x), COMPARED_RELU));
  return select(party, flip(party, negative!), x);
});

const TANH_SCALE = { g: 18, p: 18, bits: 42 };
const TANH_BITS = 24;
const TANH_OUT = 18;
export const TANH_RING = { bits: TANH_BITS, frac: TANH_OUT } as const;

export function tanhPrice(n: number, integers: number): Price {
  const frac = seriesFrac(TANH.coefficients, TANH_SCALE);
  const series = sum(
    cosineSeriesPrice(n, TANH.coefficients, TANH_SCALE),
    settlePrice(n, { bits: TANH_SCALE.bits, frac }, { bits: TANH_BITS, frac: TANH_OUT }),
  );
  return sum(
    beside(belowPrice(n, 2, compared(integers).n, 2), series),
    beside(selectPrice(n, TANH_BITS), toRingPrice(2 * n, TANH_BITS)),
  );
}

/**
 * tanh of masked x in gateRing(n), |x| < gateBound(n, T): additive with 18 fractional bits in Z_2^24. -1 below -T, 1 from T on, between them
 * an odd series: all its harmonics are odd, so sin(j a) = +-cos(j (a - a quarter turn)), and the coefficients carry the signs.
 */
export const tanh = scoped(async (party, x: Masked): Promise<Additive> => {
  const reach = BigInt(Math.round(TANH.reach * 2 ** INPUT_BITS));
  const [[low, high], value] = await party.all(
    (p) => below(p, x, [-reach, reach], compared(integersIn(x))),
    async (p) => {
      const odd = await cosineSeries(p, x, TANH, TANH_SCALE, 2 ** (TANH.angleBits - 2));
      return remask(p, await rescale(p, odd, { bits: TANH_BITS, frac: TANH_OUT }));
    },
  );
  const [inside, [above, under]] = await party.all(
    (p) => select(p, xor(p, low!, high!), value),
    (p) => toRing(p, [flip(p, high!), low!], TANH_BITS),
  );
  const one = (bit: Additive, sign: bigint) => scaled(party, bit, sign * 2n ** BigInt(TANH_OUT), x.shape);
  return addAdditive(party, [inside, one(above!, 1n), one(under!, -1n)]);
});

function scaled(party: Party, bit: Additive, factor: bigint, shape: Additive['shape']): Additive {
  if (party.deals) return new Additive(shape, bit.bits, TANH_OUT, undefined);
  const share = party.lanes(bit.size);
  party.kernels.scale(share, bit.share!, factor);
  return new Additive(shape, bit.bits, TANH_OUT, share);
}

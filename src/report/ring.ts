/** Which rings a run had. */

/** `plan`: the file of the plan that the rings are of; missing for the model's default rings, or those that were asked for. */
export type RingReport = { bits: number; fractionBits: number; plan?: string };

/** `Z_2^64, 18 fractional bits; plan of calibration.json` */
export const describeRing = (ring: RingReport): string => `Z_2^${ring.bits}, ${describeFraction(ring)}`;

export const describeFraction = ({ fractionBits, plan }: RingReport): string =>
  `${fractionBits} fractional bits${plan === undefined ? '' : `; plan of ${plan}`}`;

// Made by scripts/fit.py; do not edit.

/**
 * sum over j of coefficients[j] cos(j a), where x has 14 fractional bits and a = factor x / 2^shift in units of
 * 2 pi / 2^angleBits. Holds for |x| <= reach.
 */
export type Series = {
  reach: number;
  angleBits: number;
  factor: number;
  shift: number;
  coefficients: readonly number[];
};

export const INPUT_BITS = 14;

/** Period 10.667; largest error of the fit on [-3.6, 3.6]: 4.3e-05. */
export const GELU: Series = {
  reach: 3.6,
  angleBits: 16,
  factor: 24,
  shift: 6,
  coefficients: [1.26686094, -1.11431477, -0.06077574, -0.0820797, -0.00447469, -0.00517295],
};

/** Period 10.667; largest error of the fit on [-3.6, 3.6]: 6.8e-05. */
export const GELU_NEW: Series = {
  reach: 3.6,
  angleBits: 16,
  factor: 24,
  shift: 6,
  coefficients: [1.26778197, -1.11596864, -0.05969287, -0.08287082, -0.00381823, -0.00536342],
};

/** Period 24.381; largest error of the fit on [-10, 10]: 4.0e-04. */
export const SILU: Series = {
  reach: 10,
  angleBits: 16,
  factor: 21,
  shift: 7,
  coefficients: [
    2.96706532, -2.55158512, -0.07757737, -0.25901042, -0.00957225, -0.05636001, 0.00221503, -0.01323182, 0.00121026,
    -0.00275339,
  ],
};

/** Period 18.286; largest error of the fit on [-5, 5]: 2.1e-04. */
export const TANH: Series = {
  reach: 5,
  angleBits: 16,
  factor: 28,
  shift: 7,
  coefficients: [
    0.0, 1.21353154, 0.0, -0.2832648, 0.0, 0.09297539, 0.0, -0.0314047, 0.0, 0.01074429, 0.0, -0.00359971, 0.0,
    0.0013117, 0.0, -0.00047619,
  ],
};

/** x^(-1) on [1/2, 1), period 4; largest relative error of the fit: 7.5e-06. */
export const RECIPROCAL: readonly number[] = [
  20.716355223734, -34.102074319144, 29.624280079765, -19.571353425614, 12.162429113156, -5.698271909305, 2.40205806373,
  -0.644906564511, 0.147561292857,
];

/** x^(-0.5) on [1/2, 1), period 4; largest relative error of the fit: 2.1e-06. */
export const RSQRT: readonly number[] = [
  5.996300163882, -8.370840077629, 7.489339175222, -4.897875445269, 3.057742013574, -1.42617753245, 0.601389646421,
  -0.160851616626, 0.036688746199,
];

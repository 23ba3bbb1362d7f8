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
  angleBits: 18,
  factor: 24,
  shift: 4,
  coefficients: [1.26686094, -1.11431477, -0.06077574, -0.0820797, -0.00447469, -0.00517295],
};

/** Period 10.667; largest error of the fit on [-3.6, 3.6]: 6.8e-05. */
export const GELU_NEW: Series = {
  reach: 3.6,
  angleBits: 18,
  factor: 24,
  shift: 4,
  coefficients: [1.26778197, -1.11596864, -0.05969287, -0.08287082, -0.00381823, -0.00536342],
};

/** Period 26.947; largest error of the fit on [-11, 11]: 4.2e-05. */
export const SILU: Series = {
  reach: 11,
  angleBits: 18,
  factor: 19,
  shift: 5,
  coefficients: [
    3.29770719, -2.81226104, -0.07561722, -0.30211513, -0.01135027, -0.07534562, 0.00387933, -0.02168612, 0.00346395,
    -0.00639081, 0.00144185, -0.00169942, 0.00034803, -0.00033313,
  ],
};

/** Period 18.286; largest error of the fit on [-5, 5]: 2.1e-04. */
export const TANH: Series = {
  reach: 5,
  angleBits: 18,
  factor: 28,
  shift: 5,
  coefficients: [
    0.0, 1.21353154, 0.0, -0.2832648, 0.0, 0.09297539, 0.0, -0.0314047, 0.0, 0.01074429, 0.0, -0.00359971, 0.0,
    0.0013117, 0.0, -0.00047619,
  ],
};

/** x^(-1) on [1/2, 1), period 4; largest relative error of the fit: 7.5e-06. */
export const RECIPROCAL: readonly number[] = [
  20.716355223222, -34.102074318196, 29.62428007901, -19.571353425102, 12.162429112863, -5.698271909169, 2.402058063679,
  -0.644906564497, 0.147561292854,
];

/** x^(-0.5) on [1/2, 1), period 4; largest relative error of the fit: 2.1e-06. */
export const RSQRT: readonly number[] = [
  5.996300163599, -8.370840077103, 7.4893391748, -4.897875444981, 3.057742013407, -1.426177532371, 0.601389646392,
  -0.160851616618, 0.036688746198,
];

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

/** Period 26.947; largest error of the fit on [-11, 11]: 9.0e-06. */
export const SILU: Series = {
  reach: 11,
  angleBits: 18,
  factor: 19,
  shift: 5,
  coefficients: [
    3.29797727, -2.81280746, -0.07505367, -0.30270205, -0.01074046, -0.07597042, 0.00450455, -0.02229253, 0.00403058,
    -0.00689815, 0.00187477, -0.0020492, 0.00061329, -0.00051428, 0.00012407, -0.00008734,
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
  5.996300164451, -8.370840078683, 7.489339176066, -4.897875445844, 3.057742013905, -1.426177532606, 0.60138964648,
  -0.160851616641, 0.036688746202,
];

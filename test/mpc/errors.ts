/** How far off each function may be, and where: its test tries it there, and docs/protocols.md prints it. */
export type Bound = { domain: string; bound: number; relative?: boolean };

export const ERRORS = {
  // Of GeLU's |gelu(-3.6)| = 5.8e-4 where the pieces meet, and a unit of 2^-14
  GeLU: { domain: '-1020 < x < 1020', bound: 7e-4 },
  'GeLU, tanh form': { domain: '-1020 < x < 1020', bound: 7e-4 },
  SiLU: { domain: '-1013 < x < 1013', bound: 3e-4 },
  ReLU: { domain: '-1023 < x < 1023', bound: 2.4e-3 },
  tanh: { domain: '-1019 < x < 1019', bound: 3.5e-4 },
  'exp(-y)': { domain: '0 <= y < 166', bound: 1e-4 },
  // 2^-15 of the truncation, 2^-16 of the public factor, 2^-17 of the dealt one: 5.34e-5 in all
  '2^-y': { domain: '0 <= y < 2^(k - 14) - 16 in Z_2^k, 18 < k', bound: 5.4e-5 },
  '1/v': { domain: '1 <= v < 2^10', bound: 2 ** -13.5, relative: true },
  '1/sqrt v': { domain: '2^-14 <= v < 2^20', bound: 2 ** -14.5, relative: true },
  '1/sqrt v of three readings': { domain: '2^-18 <= v < 2^48', bound: 2 ** -14.5, relative: true },
  normalise: {
    domain: 'variances 2^-22 .. 2^34, means below 2^20; answers above 2^-6',
    bound: 2 ** -12,
    relative: true,
  },
  'RMS norm': { domain: 'mean squares 2^-22 .. 2^34; answers above 2^-6', bound: 2 ** -12, relative: true },
  softmax: { domain: 'rows of up to 512 scores, each below 2^n, n from 8 to 24', bound: 6e-4 },
} as const satisfies Record<string, Bound>;

import { ensure } from '../errors.ts';
import type { MatmulShape } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { derived } from './local.ts';
import { Additive, type Masked, type Price } from './values.ts';

/**
 * Products of masked values (ASTRA, Chaudhari et al. 2019, section 3; Trio, Harth-Kitzerow et al. 2025). With h_i evaluator i's
 * half of y (h_1 = m_y - l_y1, h_2 = -l_y2):
 *
 *     x y = sum_i (m_x h_i - l_xi m_y) + l_x l_y
 *
 * so the only help needed is a sharing of l_x l_y: one ring element per element of the *result*. No online message.
 * Safe: the one message is half of a fresh sharing (step.ts, deal).
 */
export const productPrice = (outputs: number, bits: number): Price => ({
  rounds: 0,
  dealer: outputs * bits,
  online: 0,
});

/** x * y element by element; y may be a row [cols] (inner 1) or a column [rows] (inner = cols) of x. */
export async function product(party: Party, x: Masked, y: Masked, inner = 1): Promise<Additive> {
  const step = party.step();
  const { kernels } = party;
  const bits = Math.min(x.bits, y.bits);
  const make = (party: Party) => {
    const out = party.lanes(x.size);
    kernels.mul(out, derived(party, x), derived(party, y), inner);
    return out;
  };
  const [share] = await step.deal([{ count: x.size, bits, make }]);
  if (share) kernels.cross(share, x.first, x.second, y.first, derived(party, y), inner);
  return new Additive(x.shape, bits, x.frac + y.frac, share);
}

/** Inner product of each row of x with the same row of y. [rows, cols] x [rows, cols] -> [rows] */
export async function rowDot(party: Party, x: Masked, y: Masked, cols: number): Promise<Additive> {
  const step = party.step();
  const { kernels } = party;
  const rows = x.size / cols;
  const bits = Math.min(x.bits, y.bits);
  const make = (party: Party) => {
    const out = party.lanes(rows);
    kernels.dotRows(out, derived(party, x), derived(party, y), cols);
    return out;
  };
  const [share] = await step.deal([{ count: rows, bits, make }]);
  if (share) kernels.crossRowSum(share, x.first, x.second, y.first, derived(party, y), cols);
  return new Additive([rows], bits, x.frac + y.frac, share);
}

/** Extent of a matrix product; the ring comes from the operands. */
export type Extent = Omit<MatmulShape, 'bits' | 'accumulate'>;

/** Matrix product, batched; see MatmulShape. -> [batch, m, n] */
export async function matmul(party: Party, x: Masked, y: Masked, extent: Extent): Promise<Additive> {
  const step = party.step();
  const { kernels } = party;
  const { batch, m, n, k } = extent;
  ensure(x.size === batch * m * k, 'matmul: the left operand has the wrong size');
  ensure(y.size === (extent.shareB ? 1 : batch) * k * n, 'matmul: the right operand has the wrong size');
  const bits = Math.min(x.bits, y.bits);
  const make = (party: Party) => {
    const out = party.lanes(batch * m * n);
    kernels.matmul(out, derived(party, x), derived(party, y), { ...extent, bits, accumulate: 0 });
    return out;
  };
  const [share] = await step.deal([{ count: batch * m * n, bits, make }]);
  if (share) {
    kernels.matmul(share, x.first, derived(party, y), { ...extent, bits, accumulate: 1 });
    kernels.matmul(share, x.second, y.first, { ...extent, bits, accumulate: -1 });
  }
  return new Additive([batch, m, n], bits, x.frac + y.frac, share);
}

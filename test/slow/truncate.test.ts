import { expect, test } from 'vitest';
import { truncatedProducts } from '../mpc/products.ts';

const BATCH = 2 ** 20;
const PRODUCTS = 10 ** 8;

test('a hundred million products of the largest allowed size: not one wrap error, no bias', async () => {
  let [done, wraps, error] = [0, 0, 0];
  while (done < PRODUCTS) {
    const batch = await truncatedProducts(BATCH);
    wraps += batch.wraps;
    error += batch.error * BATCH;
    done += BATCH;
  }
  expect(wraps).toBe(0);
  expect(Math.abs(error / done)).toBeLessThan(0.01);
});

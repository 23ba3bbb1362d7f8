import { describe, expect, test } from 'vitest';
import { TABLE } from './table.ts';

describe('every protocol costs what it declares, to the bit', () => {
  test.each(TABLE.map((row) => [row.name, row] as const))('%s', async (_, { n, price, run }) => {
    const { bill } = await run(n);
    expect(bill).toEqual(price(n));
  });
});

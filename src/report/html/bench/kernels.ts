import type { BenchReport } from '../../../bench/report.ts';
import { threeDigits } from '../../bench-units.ts';
import { count } from '../../units.ts';
import { section } from '../page.ts';
import { type Cell, figure, htmlTable } from '../table.ts';

/** A column for each SIMD level. */
export function kernelSection({ kernels }: BenchReport): string {
  if (kernels.length === 0) return '';
  const levels = [...new Set(kernels.map(({ simd }) => simd))];
  const names = [...new Set(kernels.map(({ name }) => name))];
  return section(
    'Kernels',
    htmlTable('kernels', {
      caption: `Rate of each kernel by SIMD level, ${count(kernels[0]!.threads, 'thread')}, median of the runs`,
      columns: ['kernel', ...levels, 'unit'],
      rows: names.map((name) => {
        const all = kernels.filter((one) => one.name === name);
        const rates = levels.map((simd) => all.find((one) => one.simd === simd)?.rate);
        return [
          name,
          ...rates.map((rate): Cell => (rate === undefined ? '' : figure(rate, threeDigits))),
          all[0]!.unit,
        ];
      }),
    }),
  );
}

/** The tables of docs/protocols.md that are made from the code; `npm run docs` puts them there. */
import { APPROXIMATIONS, pumaError } from './approximations.ts';
import { type Bound, ERRORS } from './errors.ts';
import { TABLE } from './table.ts';

/** A table stands between two marks: <!-- name: how it is made --> and <!-- /name --> */
export const marks = (name: string): RegExp => new RegExp(`<!-- /?${name}[^>]*-->\n`);

const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |\n`;
const figure = (x: number) => (Number.isInteger(x) ? `${x}` : x.toFixed(1));

export function bills(): string {
  const lines = TABLE.map(({ name, per = 'element', n, price }) => {
    const { rounds, dealer, online } = price(n);
    return row(name, per, rounds, figure(dealer / n), figure(online / n), figure((dealer + online) / n));
  });
  return (
    row('protocol', 'bits per', 'rounds', 'dealer', 'online', 'in all') + row(...Array(6).fill('---')) + lines.join('')
  );
}

export function errors(): string {
  const lines = Object.entries<Bound>(ERRORS).map(([name, { domain, bound, relative }]) => {
    const size = relative ? `2^${Math.log2(bound)}, relative` : bound.toExponential(1);
    return row(name, domain, size);
  });
  return row('function', 'domain', 'error below') + row('---', '---', '---') + lines.join('');
}

/** Ours is the bound that tests hold; the paper's is computed from its polynomials. */
export function approximations(): string {
  const lines = APPROXIMATIONS.map((function_) => {
    const [low, high] = function_.domain;
    const { bound } = ERRORS[function_.name];
    return row(function_.name, `${low} .. ${high}`, pumaError(function_).toExponential(1), bound.toExponential(1));
  });
  return (
    row('function', 'domain', 'PUMA, largest error', 'Puma, error below') +
    row(...Array(4).fill('---')) +
    lines.join('')
  );
}

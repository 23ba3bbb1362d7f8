/** The picture of docs/protocols.md, section 4: errors over the domain, ours and the paper's. */
import { APPROXIMATIONS, type Approximation, pointsOf } from './approximations.ts';

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [330, 250, 46, 44, 40];
const [LOW, HIGH] = [1e-6, 1e-1];

export async function plot(): Promise<string> {
  const panels = await Promise.all(APPROXIMATIONS.map((function_, i) => panel(function_, i * WIDTH)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${3 * WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    '<title>Errors of approximated functions, by powers of ten: Puma and the polynomials of the PUMA paper</title>',
    '<rect width="100%" height="100%" fill="white"/>',
    ...panels,
    '</svg>\n',
  ].join('\n');
}

async function panel(function_: Approximation, offset: number): Promise<string> {
  const { name, domain, exact, puma, secure } = function_;
  const points = pointsOf(function_);
  const ours = await secure(points);
  const [right, bottom] = [WIDTH - 14, HEIGHT - BOTTOM];
  const x = (v: number) => LEFT + ((v - domain[0]) / (domain[1] - domain[0])) * (right - LEFT);
  const y = (error: number) => {
    const clipped = Math.min(HIGH, Math.max(LOW, error));
    return bottom - (Math.log10(clipped / LOW) / Math.log10(HIGH / LOW)) * (bottom - TOP);
  };
  /** The largest error of each 8 points: a line that can be read. */
  const line = (error: (i: number) => number, style: string) => {
    const places: string[] = [];
    for (let i = 0; i + 8 <= points.length; i += 8) {
      const largest = Math.max(...Array.from({ length: 8 }, (_, j) => error(i + j)));
      places.push(`${x(points[i]!).toFixed(1)},${y(largest).toFixed(1)}`);
    }
    return `<polyline points="${places.join(' ')}" fill="none" ${style}/>`;
  };
  const decades = Array.from({ length: 6 }, (_, i) => LOW * 10 ** i);
  return [
    `<g transform="translate(${offset} 0)">`,
    `<text x="${(LEFT + right) / 2}" y="16" text-anchor="middle" font-weight="bold">${name}: error</text>`,
    `<text x="${LEFT}" y="34" fill="#b3541e">paper, dashed</text>`,
    `<text x="${right}" y="34" text-anchor="end" fill="#1b6ca8">Puma</text>`,
    `<rect x="${LEFT}" y="${TOP}" width="${right - LEFT}" height="${bottom - TOP}" fill="none" stroke="#999"/>`,
    ...decades.map((d) => `<text x="${LEFT - 6}" y="${y(d) + 4}" text-anchor="end">${d.toExponential(0)}</text>`),
    ...[domain[0], (domain[0] + domain[1]) / 2, domain[1]].map(
      (v) => `<text x="${x(v)}" y="${bottom + 16}" text-anchor="middle">${v}</text>`,
    ),
    `<text x="${(LEFT + right) / 2}" y="${bottom + 32}" text-anchor="middle">x</text>`,
    line(
      (i) => Math.abs(puma(points[i]!) - exact(points[i]!)),
      'stroke="#b3541e" stroke-width="1.5" stroke-dasharray="5 3"',
    ),
    line((i) => Math.abs(ours[i]! - exact(points[i]!)), 'stroke="#1b6ca8" stroke-width="1.5"'),
    '</g>',
  ].join('\n');
}

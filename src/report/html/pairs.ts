/** Plots of numbers from shares beside those in the clear. */
import { small } from '../units.ts';
import { chart, Plot } from './plot.ts';

export type Pair = { name: string; plain: number; secure: number };

/** The most points of a scatter plot. A vocabulary has tens of thousands of logits, one of 32000 looks like another. */
const POINTS = 1500;

/** Each logit: in the clear to the right, from shares upwards. Equal ones lie on the diagonal. */
export function scatterChart(id: string, pairs: readonly Pair[], what: string): string {
  const shown = thinned(pairs.filter(({ plain, secure }) => Number.isFinite(plain) && Number.isFinite(secure)));
  if (shown.length === 0) return '';
  const values = shown.flatMap(({ plain, secure }) => [plain, secure]);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const room = (high - low || 1) * 0.05;
  const domain = [low - room, high + room];
  return chart({
    id,
    title: `${what} from shares against those in the clear${part(shown, pairs)}; the line is where both are equal`,
    draw: ({ narrow }) => ({
      ...{ width: narrow ? 330 : 460, height: narrow ? 320 : 440 },
      ...{ marginLeft: 56, marginRight: 16, marginTop: 26, marginBottom: 38 },
      x: { domain, label: 'in the clear →', labelArrow: 'none', labelAnchor: 'right', grid: true, ticks: 5 },
      y: { domain, label: '↑ from shares', labelArrow: 'none', grid: true, ticks: 5 },
      marks: [
        Plot.line([domain[0]!, domain[1]!], {
          x: (v: number) => v,
          y: (v: number) => v,
          stroke: 'var(--faint)',
          strokeDasharray: '4 3',
        }),
        Plot.dot(shown, {
          x: 'plain',
          y: 'secure',
          r: shown.length > 100 ? 2 : 4,
          stroke: 'var(--fill0)',
          strokeWidth: 1.5,
          title: (pair: Pair) =>
            `${pair.name}: ${pair.plain.toFixed(5)} in the clear, ${pair.secure.toFixed(5)} from shares`,
        }),
      ],
    }),
  });
}

/** What separates them: too little to be seen on the diagonal. */
export function residualChart(id: string, pairs: readonly Pair[], what: string): string {
  const shown = thinned(pairs.filter((pair) => Number.isFinite(distance(pair))));
  if (shown.length === 0) return '';
  const most = Math.max(...shown.map(distance)) || 1;
  return chart({
    id,
    title: `${what} from shares minus those in the clear${part(shown, pairs)}`,
    draw: ({ narrow }) => ({
      ...{ height: 220, marginLeft: 66, marginRight: 16, marginTop: 26, marginBottom: 38 },
      x: { label: 'in the clear →', labelArrow: 'none', labelAnchor: 'right', ticks: narrow ? 4 : 8, nice: true },
      y: {
        ...{ domain: [-1.1 * most, 1.1 * most], label: '↑ difference', labelArrow: 'none', grid: true },
        ...{ ticks: 5, tickFormat: (value: number) => small(value) },
      },
      marks: [
        Plot.ruleY([0], { stroke: 'var(--faint)' }),
        Plot.dot(shown, {
          ...{ x: 'plain', y: (pair: Pair) => pair.secure - pair.plain, r: shown.length > 100 ? 2 : 4 },
          ...{ stroke: 'var(--fill0)', strokeWidth: 1.5 },
          title: (pair: Pair) => `${pair.name}: ${small(pair.secure - pair.plain)}`,
        }),
      ],
    }),
  });
}

const part = (shown: readonly Pair[], all: readonly Pair[]): string =>
  shown.length < all.length ? `, ${shown.length} of ${all.length} points` : '';

const distance = ({ plain, secure }: Pair): number => Math.abs(plain - secure);

/** Some of many pairs: those farthest apart, the rest evenly over the values. */
export function thinned(pairs: readonly Pair[], most = POINTS): Pair[] {
  if (pairs.length <= most) return [...pairs];
  const far = [...pairs].sort((a, b) => distance(b) - distance(a)).slice(0, Math.floor(most / 3));
  const kept = new Set(far);
  const rest = pairs.filter((pair) => !kept.has(pair)).sort((a, b) => a.plain - b.plain);
  const places = most - far.length;
  return [
    ...far,
    ...Array.from({ length: places }, (_, i) => rest[Math.round((i * (rest.length - 1)) / (places - 1))]!),
  ];
}

/** The plot of how far two computations are apart, by layer. */
import { small } from '../units.ts';
import { chart, Plot, roomFor, shortName } from './plot.ts';

export type LayerError = { name: string; max: number; mean: number };

/** The largest and the mean difference of each layer, on a logarithmic scale, which has no place for 0. */
export function errorChart(id: string, layers: readonly LayerError[]): string {
  const shown = layers.filter(({ max, mean }) => max > 0 && mean > 0);
  if (shown.length === 0) return '';
  return chart({
    id,
    title: 'Difference between secure and plaintext values, by layer (absolute, logarithmic scale)',
    legend: [
      { name: 'largest', symbol: 'triangle' },
      { name: 'mean', symbol: 'circle' },
    ],
    draw: (width) => ({
      ...{
        marginLeft: roomFor(
          shown.map(({ name }) => name),
          width,
        ),
        marginRight: 24,
        marginTop: 4,
        marginBottom: 38,
      },
      height: 50 + shown.length * 19,
      x: {
        ...{
          type: 'log',
          label: 'absolute difference →',
          labelArrow: 'none',
          labelAnchor: 'right',
          grid: true,
          nice: true,
        },
        ...{ ticks: powers(shown), tickFormat: (value: number) => value.toExponential(0), inset: 10 },
      },
      y: {
        domain: shown.map(({ name }) => name),
        label: null,
        tickSize: 0,
        tickFormat: (name: string) => shortName(name, width.narrow),
      },
      marks: marks(shown),
    }),
  });
}

/** A line from the mean to the largest, and a mark at both ends. */
function marks(layers: LayerError[]): Plot.Markish[] {
  return [
    Plot.ruleY(layers, { x1: 'mean', x2: 'max', y: 'name', stroke: 'var(--line)', strokeWidth: 2 }),
    Plot.dot(layers, {
      x: 'mean',
      y: 'name',
      r: 4,
      stroke: 'currentColor',
      fill: 'var(--page)',
      title: (layer: LayerError) => `${layer.name}, mean: ${small(layer.mean)}`,
    }),
    Plot.dot(layers, {
      x: 'max',
      y: 'name',
      r: 4,
      symbol: 'triangle',
      fill: 'currentColor',
      title: (layer: LayerError) => `${layer.name}, largest: ${small(layer.max)}`,
    }),
  ];
}

/** Powers of ten around the values. */
function powers(layers: readonly LayerError[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...layers.map(({ mean }) => mean))));
  const high = Math.ceil(Math.log10(Math.max(...layers.map(({ max }) => max))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

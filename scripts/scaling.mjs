/**
 * How seconds and bytes grow with tokens and layers: runs bert-base's shape by three parties and draws docs/images/scaling.svg.
 *
 *     npm run build && node scripts/scaling.mjs [--repeats 3]
 *
 * Prints the table for docs/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { repeats: { type: 'string', default: '3' } } });
const MODEL = 'synthetic:bert-base-uncased';
const program = fileURLToPath(new URL('../bin/puma.js', import.meta.url));

/** One inference. -> seconds, megabytes, rounds */
function run(tokens, layers) {
  const ids = Array.from({ length: tokens }, (_, i) => (i * 977 + 13) % 30000).join(',');
  const args = ['infer', '--model', MODEL, '--layers', String(layers), '--input-ids', ids, '--json'];
  const report = JSON.parse(execFileSync(process.execPath, [program, ...args], { maxBuffer: 1 << 28 }));
  return { seconds: report.seconds.inference, megabytes: report.bytes.total / 1e6, rounds: report.rounds };
}

function measure(tokens, layers) {
  const runs = Array.from({ length: Number(values.repeats) }, () => run(tokens, layers));
  runs.sort((a, b) => a.seconds - b.seconds);
  return { tokens, layers, ...runs[runs.length >> 1] };
}

const byTokens = [16, 32, 64, 128, 256, 512].map((tokens) => measure(tokens, 12));
const byLayers = [1, 2, 4, 8, 12].map((layers) => measure(128, layers));

const row = (...cells) => `| ${cells.join(' | ')} |`;
console.log(row('tokens', 'layers', 'seconds', 'MB', 'rounds'));
console.log(row('---', '---', '---', '---', '---'));
for (const { tokens, layers, seconds, megabytes, rounds } of [...byTokens, ...byLayers]) {
  console.log(row(tokens, layers, seconds.toFixed(1), megabytes.toFixed(0), rounds));
}

// ---- the picture: two axes of numbers, each with its unit, left for seconds and right for megabytes

const [WIDTH, HEIGHT, LEFT, TOP] = [360, 300, 52, 40];
const [INNER, DEEP] = [WIDTH - 2 * LEFT, HEIGHT - TOP - 48];
const COLOURS = { seconds: '#1b6ca8', megabytes: '#b3541e' };

/** A scale from numbers to places: straight, or by powers of two. */
function scale(values, from, to, power) {
  const f = power ? Math.log2 : (x) => x;
  const [low, high] = power ? [Math.min(...values), Math.max(...values)] : [0, Math.max(...values) * 1.05];
  return (x) => from + ((f(x) - f(low)) / (f(high) - f(low))) * (to - from);
}

function panel(points, { key, title, unit, power, ticks }, offset) {
  const x = scale(
    points.map((p) => p[key]),
    LEFT,
    LEFT + INNER,
    power,
  );
  const curve = (name, label, side) => {
    const all = points.map((p) => p[name]);
    const y = scale(all, TOP + DEEP, TOP, power);
    const marks = power ? all : all.filter((_, i) => i === 0 || i >= all.length - 3);
    const at = side === 'left' ? LEFT - 6 : LEFT + INNER + 6;
    const anchor = side === 'left' ? 'end' : 'start';
    const dots = points.map((p) => `<circle cx="${x(p[key])}" cy="${y(p[name])}" r="3" fill="${COLOURS[name]}"/>`);
    const dash = side === 'left' ? '' : ' stroke-dasharray="5 3"';
    const line = points.map((p) => `${x(p[key])},${y(p[name])}`).join(' ');
    return [
      `<polyline points="${line}" fill="none" stroke="${COLOURS[name]}" stroke-width="2"${dash}/>`,
      ...dots,
      ...marks.map(
        (v) => `<text x="${at}" y="${y(v) + 4}" text-anchor="${anchor}" fill="${COLOURS[name]}">${number(v)}</text>`,
      ),
      `<text x="${at}" y="${TOP - 10}" text-anchor="${anchor}" fill="${COLOURS[name]}" font-weight="bold">${label}</text>`,
    ].join('\n');
  };
  return [
    `<g transform="translate(${offset} 0)">`,
    `<text x="${LEFT + INNER / 2}" y="16" text-anchor="middle" font-weight="bold">${title}</text>`,
    `<rect x="${LEFT}" y="${TOP}" width="${INNER}" height="${DEEP}" fill="none" stroke="#999"/>`,
    ...ticks.map((t) => `<text x="${x(t)}" y="${TOP + DEEP + 16}" text-anchor="middle">${t}</text>`),
    `<text x="${LEFT + INNER / 2}" y="${TOP + DEEP + 36}" text-anchor="middle">${unit}</text>`,
    curve('seconds', 'seconds', 'left'),
    curve('megabytes', 'MB', 'right'),
    '</g>',
  ].join('\n');
}

const number = (v) => (v < 9.95 ? v.toFixed(1) : v.toFixed(0));

const tokens = { key: 'tokens', title: '12 layers', unit: 'tokens (both axes by powers of two)', power: true };
const layers = { key: 'layers', title: '128 tokens', unit: 'layers', power: false };
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-14 0 ${2 * WIDTH + 14} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
  `<title>Seconds and megabytes of bert-base's shape over tokens and layers</title>`,
  '<rect x="-14" width="100%" height="100%" fill="white"/>',
  panel(byTokens, { ...tokens, ticks: byTokens.map((p) => p.tokens) }, 0),
  panel(byLayers, { ...layers, ticks: byLayers.map((p) => p.layers) }, WIDTH),
  '</svg>',
].join('\n');
mkdirSync(new URL('../docs/images/', import.meta.url), { recursive: true });
writeFileSync(new URL('../docs/images/scaling.svg', import.meta.url), `${svg}\n`);

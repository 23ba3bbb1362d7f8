/** Reports of every kind, with texts and labels that would do harm if they were taken for HTML. */
import type { BenchReport, RanCase } from '../../src/bench/report.ts';
import type { CompareReport } from '../../src/report/compare.ts';
import type { EvaluateReport } from '../../src/report/evaluate.ts';
import type { GenerateReport } from '../../src/report/generate.ts';
import { benchPage, comparePage, evaluatePage, inferPage } from '../../src/report/html/index.ts';
import type { CostReport, RunReport } from '../../src/report/run.ts';

export const EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\'&amp;';

export const ABOUT = {
  ...{ command: 'puma infer', version: '1.2.3', date: new Date('2024-05-06T07:08:09Z') },
  machine: `A CPU ${EVIL}, 2 cores`,
};

const LAYERS = ['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits'];

const COST: CostReport = {
  ...{ model: `model ${EVIL}`, task: 'classify', rounds: 344, simd: 'avx512' },
  seconds: { startup: 0.7, share: 0.08, inference: 0.61 },
  bytes: {
    ...{ dealer: 335_696, online: 235_114, client: 320_530, total: 891_340 },
    perParty: [0, 1, 2].map((party) => ({ party, sent: 117_582 + party, received: 144 + party })),
    links: [
      { from: '0', to: '1', bytes: 160_000 },
      { from: '0', to: '2', bytes: 175_696 },
      { from: '1', to: '2', bytes: 117_557 },
      { from: '2', to: '1', bytes: 117_557 },
      { from: 'client', to: '1', bytes: 320_530 },
    ],
  },
  kinds: {
    embedding: { seconds: 0.1, bytes: 6176, rounds: 2 },
    linear: { seconds: 0.05, bytes: 258_688, rounds: 16 },
    [`kind ${EVIL}`]: { seconds: 0.4, bytes: 305_946, rounds: 326 },
  },
  layers: [...LAYERS, 'answer'].map((name, i) => ({ name, seconds: 0.1 + i / 100 })),
  parties: [0, 1, 2].map((party) => ({ party, pid: 10 + party, peakRssBytes: 118_000_000 + party * 1_000_000 })),
  ring: { bits: 64, fractionBits: 18 },
  network: { name: 'lan', rttMs: 0.5, bitsPerSecond: 5e9 },
};

const answer = (text: string, positive: number) => ({
  text,
  label: `POSITIVE ${EVIL}`,
  scores: { NEGATIVE: 1 - positive, [`POSITIVE ${EVIL}`]: positive },
  logits: [-1.3, 1.36],
});

const RUN: RunReport = {
  ...COST,
  results: [answer(EVIL, 0.75), { ...answer('شكرا \u202e abc\0', 0.5), textPair: EVIL }],
};

const GENERATED: GenerateReport = {
  ...COST,
  task: 'generate',
  results: [
    { prompt: EVIL, tokens: [1, 2, 3], text: `\n${EVIL}` },
    { prompt: [5, 6], tokens: [7, 8], text: null },
  ],
  perToken: [0.5, 0.3, 0.31, 0.6, 0.25].map((seconds, i) => ({ seconds, bytes: 500_000 + i, rounds: 330 + i })),
};

const COMPARED: CompareReport = {
  ...COST,
  ...{ tolerance: 0.1, within: true, fault: null },
  seconds: { ...COST.seconds, plaintext: 0.04 },
  results: RUN.results.map((result) => ({
    ...result,
    plaintext: { ...result, logits: [-1.3001, 1.3602] },
    logitsMax: 2e-4,
  })),
  difference: {
    ...{ logitsMax: 2e-4, labelsEqual: true, ties: 0 },
    layers: LAYERS.map((name, i) => ({ name, max: i === 1 ? 0 : 1e-4 * (i + 1), mean: i === 1 ? 0 : 1e-5 * (i + 1) })),
  },
  reference: {
    ...{ transformers: `5 ${EVIL}`, class: `Class ${EVIL}`, tokens: 7, within: false },
    plaintext: { logitsMax: 1e-6, text: 1, labels: { same: 2, of: 2, ties: 0 } },
    secure: { logitsMax: 0.5, text: 2, labels: { same: 1, of: 2, ties: 1 } },
    results: RUN.results.map((result) => ({ ...result, ids: [1, 2], plaintextMax: 1e-6, secureMax: 0.5 })),
  },
};

const EVALUATED: EvaluateReport = {
  ...{ model: COST.model, task: 'classify', simd: 'avx2', rounds: 344, ring: COST.ring, parties: COST.parties },
  data: { file: `dev ${EVIL}.tsv`, rows: 2, of: 872, seed: 1 },
  metrics: [
    { name: 'accuracy', plaintext: 0.916, secure: 0.9155, difference: -0.0005, interval: [-0.002, 0.001] },
    { name: 'Matthews', plaintext: 0.616, secure: null, difference: null, interval: null },
  ],
  agreement: { same: 1, of: 2, ties: 0 },
  ...{ tolerance: 1e-3, within: false },
  fault: {
    ...{ layer: 'layer.0', error: 1e-3, site: `site ${EVIL}`, holds: false, message: `site ${EVIL}: 8 where 4 holds` },
    ...{ range: { most: 8 }, bound: { most: 4 } },
  },
  logits: { max: 3e-3, mean: 1e-4, p50: 9e-5, p90: 2e-4, p99: 1e-3, p999: 2e-3 },
  layers: LAYERS.map((name, i) => ({
    ...{ name, max: 1e-3 * (i + 1), mean: 1e-4, p999: 9e-4, rms: 1.5 },
    relative: { max: 7e-4, mean: 7e-5, p999: 6e-4 },
  })),
  layersOf: 1,
  perSentence: { seconds: 0.31, plaintextSeconds: 0.02, bytes: 445_670, rounds: 172.5 },
  seconds: { startup: 0.7, share: 0.08, inference: 0.61, plaintext: 0.04 },
  bytes: COST.bytes,
  results: [
    { row: 0, line: 2, text: EVIL, right: 'NEGATIVE', ...sides('NEGATIVE', EVIL) },
    { row: 7, line: 9, text: 'fine', right: 'NEGATIVE', ...sides('NEGATIVE', 'NEGATIVE') },
  ],
};

function sides(plaintext: string, secure: string) {
  return { plaintext: { label: plaintext, logits: [0.1, 0.2] }, secure: { label: secure, logits: [0.1003, 0.1998] } };
}

const spread = (median: number) => ({ median, min: median * 0.9, max: median * 1.1 });

const CASE: RanCase = {
  ...{ name: 'bert-base-uncased', tokens: 128, newTokens: 0, runs: 3, rounds: 1055 },
  published: [
    { system: 'PUMA', seconds: 33.913, gigabytes: 10.773 },
    { system: 'MPCFormer', seconds: 55.32, gigabytes: 12.089 },
  ],
  seconds: {
    ...spread(6.5),
    byPhase: { share: 6.9, startup: 1.1, inference: 6.5 },
    byKind: { linear: 3, activation: 2.5, other: 1 },
  },
  bytes: { dealer: 52e7, online: 33e7, client: 3e7, total: 88e7, byKind: { linear: 25e7, activation: 6e8 } },
  parties: [0, 1, 2].map((party) => ({ party, peakRssBytes: 4e8 + party })),
};

const BENCH: BenchReport = {
  machine: { cpu: `A CPU ${EVIL}`, cores: 2, memoryBytes: 24e9, node: 'v20.1.0' },
  ...{ simd: 'avx512', threads: 1 },
  cases: [
    CASE,
    {
      ...CASE,
      ...{ name: `gpt2 ${EVIL}`, tokens: 32, newTokens: 2, extrapolatedFromLayers: [1, 3] },
      seconds: { ...CASE.seconds, byPhase: { ...CASE.seconds.byPhase, prompt: 4.5, further: 2 } },
    },
    { name: 'llama-7b', tokens: 4, newTokens: 1, published: [], skipped: `needs 34 GB ${EVIL}` },
  ],
  kernels: [
    { name: `matrix ${EVIL}`, simd: 'avx512', threads: 1, unit: 'GB/s', rate: 9.876, ...spread(9.876) },
    { name: `matrix ${EVIL}`, simd: 'portable', threads: 1, unit: 'GB/s', rate: 1.5, ...spread(1.5) },
  ],
  protocols: [
    {
      ...{ name: `GeLU ${EVIL}`, elements: 1_000_000, runs: 3, seconds: spread(0.75), rounds: 5 },
      bytes: { dealer: 56e6, online: 11e6 },
      others: [{ system: `MP-SPDZ ${EVIL}`, elements: 2_000_000, seconds: 3, bytes: 1.5e9 }],
    },
  ],
};

/** Each report and its page. */
export const SAMPLES = {
  'infer, labels': { report: RUN, page: () => inferPage(RUN, ABOUT) },
  'infer, new text': { report: GENERATED, page: () => inferPage(GENERATED, ABOUT) },
  'compare-plaintext': { report: COMPARED, page: () => comparePage(COMPARED, ABOUT) },
  'compare-plaintext --data': { report: EVALUATED, page: () => evaluatePage(EVALUATED, ABOUT) },
  bench: { report: BENCH, page: () => benchPage(BENCH, ABOUT) },
};

/** Figures that stand in tables, by the id of the table: what the page must say, row after row. */
export const FIGURES: Record<keyof typeof SAMPLES, Record<string, number[]>> = {
  'infer, labels': {
    answers: [0.25, 0.75, 0.5, 0.5],
    phases: [0.08, 0.7, 0.61],
    layers: COST.layers.map(({ seconds }) => seconds),
    kinds: Object.values(COST.kinds).flatMap(({ seconds, bytes, rounds }) => [seconds, bytes, rounds]),
    links: COST.bytes.links.map(({ bytes }) => bytes),
    traffic: [335_696, 235_114, 320_530, 891_340],
    parties: [118e6, 117_582, 144, 119e6, 117_583, 145, 120e6, 117_584, 146],
  },
  'infer, new text': {
    answers: [3, 2],
    tokens: GENERATED.perToken.flatMap(({ seconds, bytes, rounds }) => [seconds, bytes, rounds]),
  },
  'compare-plaintext': {
    answers: [2e-4, 2e-4],
    errors: COMPARED.difference.layers.flatMap(({ max, mean }) => [max, mean]),
    phases: [0.04, 0.08, 0.7, 0.61],
  },
  'compare-plaintext --data': {
    metrics: [0.916, 0.9155, -0.0005, -0.002, 0.001, 0.616],
    different: [2],
    distances: [3e-3, 1e-4, 9e-5, 2e-4, 1e-3, 2e-3],
    errors: EVALUATED.layers.flatMap(({ max, mean }) => [max, mean]),
  },
  bench: {
    cases: [6.5, 6.5 * 0.9, 6.5 * 1.1, 3, 6.5, 6.5 * 0.9, 6.5 * 1.1, 3],
    phases: [6.9, 1.1, 6.5, 6.9, 1.1, 4.5, 2, 6.5],
    published: [1, 2].flatMap(() => [33.913, 6.5, 10.773, 0.88, 55.32, 6.5, 12.089, 0.88]),
    'kind-seconds': [3, 2.5, 1, 3, 2.5, 1],
    'kind-bytes': [25e7, 6e8, 25e7, 6e8],
    memory: [4e8, 4e8 + 1, 4e8 + 2, 4e8, 4e8 + 1, 4e8 + 2],
    kernels: [9.876, 1.5],
    protocols: [1e6, 0.75, 750, 56, 11, 5],
    others: [2e6, 3, 1500, 750],
  },
};

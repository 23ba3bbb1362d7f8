/** How measurements read, and how they compare with saved ones. */
import { describe, expect, test } from 'vitest';
import { BenchReport, type RanCase } from '../../src/bench/report.ts';
import { againstSection, verdict } from '../../src/report/bench-against.ts';
import { benchSections, describeMachine } from '../../src/report/bench-tables.ts';
import { describeSections, markdownSections } from '../../src/report/sections.ts';
import { PLAIN } from '../../src/report/text.ts';

const spread = (median: number, min = median, max = median) => ({ median, min, max });

const GPT2: RanCase = {
  ...{ name: 'gpt2', tokens: 32, newTokens: 2, runs: 3, rounds: 2100 },
  published: [{ system: 'PUMA', seconds: 15.506, gigabytes: 3.774 }],
  seconds: {
    ...spread(4, 3.9, 4.4),
    byPhase: { share: 2, startup: 0.5, inference: 4, prompt: 3, further: 1 },
    byKind: { linear: 1.5, activation: 0.5, other: 2 },
  },
  bytes: { dealer: 60e6, online: 30e6, client: 4e6, total: 94e6, byKind: { linear: 70e6, activation: 20e6 } },
  parties: [0, 1, 2].map((party) => ({ party, peakRssBytes: 3e8 + party * 1e6 })),
};

const REPORT: BenchReport = {
  machine: { cpu: 'A CPU', cores: 2, memoryBytes: 24e9, node: 'v20.1.0' },
  ...{ simd: 'avx2', threads: 1 },
  cases: [
    GPT2,
    { ...GPT2, name: 'llama-7b', published: [], extrapolatedFromLayers: [1, 3] },
    { name: 'gpt2-xl', tokens: 32, newTokens: 1, published: [], skipped: 'needs 34 GB of disk, 20 GB are free' },
  ],
  kernels: [
    { name: 'generator', simd: 'avx2', threads: 1, unit: 'GB/s', rate: 9.876, ...spread(9.876, 9, 10) },
    { name: 'generator', simd: 'portable', threads: 1, unit: 'GB/s', rate: 1, ...spread(1) },
    { name: 'pack', simd: 'portable', threads: 1, unit: 'GB/s', rate: 0.01234, ...spread(0.01234) },
  ],
  protocols: [
    {
      ...{ name: 'GeLU', elements: 1_000_000, runs: 3, seconds: spread(0.75), rounds: 5 },
      bytes: { dealer: 56e6, online: 11e6 },
      others: [
        { system: 'MP-SPDZ', elements: 2_000_000, seconds: 3, bytes: 1.5e9 },
        { system: 'HPMPC', elements: 1_000_000, seconds: 0.5 },
      ],
    },
  ],
};

describe('tables', () => {
  test('the machine', () => {
    const machine = 'A CPU, 2 cores, 24.0 GB, node v20.1.0; avx2, 1 thread a party';
    expect(describeMachine(REPORT)).toBe(machine);
    const network = { name: 'lan', rttMs: 0.5, bitsPerSecond: 5e9 };
    expect(describeMachine({ ...REPORT, network })).toBe(`${machine}; network shaped to lan: 0.5 ms, 5 Gbit/s`);
  });

  test('for a terminal', () => {
    expect(describeSections(benchSections(REPORT), PLAIN)).toMatchInlineSnapshot(`
      "Inference by three processes on this machine
      model, tokens        median     min     max  prompt  further   share  start-up   dealer   online   client    total  rounds          memory 0, 1, 2
      gpt2, 32 -> 2        4.00 s  3.90 s  4.40 s  3.00 s   1.00 s  2.00 s    500 ms  60.0 MB  30.0 MB  4.00 MB  94.0 MB    2100  300 MB, 301 MB, 302 MB
      llama-7b, 32 -> 2 *  4.00 s  3.90 s  4.40 s  3.00 s   1.00 s  2.00 s    500 ms  60.0 MB  30.0 MB  4.00 MB  94.0 MB    2100  300 MB, 301 MB, 302 MB
      * llama-7b, 32 -> 2: extrapolated from 1 and 3 layers, on a straight line through both (memory: that of 3)
      gpt2-xl, 32 -> 1: skipped: needs 34 GB of disk, 20 GB are free
      Inference: 3 runs after one to warm up, from the query until the answer is open. The weights are shared and the parties started once.
      Prompt: with the first new token; further: all other new tokens.

      Time by kind of work
      model, tokens        linear  activation   other
      gpt2, 32 -> 2        1.50 s      500 ms  2.00 s
      llama-7b, 32 -> 2 *  1.50 s      500 ms  2.00 s
      At evaluator 1, in the median run; its waiting for the other parties is in it. Other: the client, and what opens the answer.

      Traffic by kind of work
      model, tokens         linear  activation
      gpt2, 32 -> 2        70.0 MB     20.0 MB
      llama-7b, 32 -> 2 *  70.0 MB     20.0 MB
      Sent between the three parties.

      Beside published figures
      model, tokens  system  their time    ours  ratio  their traffic     ours  ratio
      gpt2, 32 -> 2  PUMA        15.5 s  4.00 s   3.9x        3.77 GB  94.0 MB    40x
      Theirs (arXiv 2307.12533): three servers on a network, 32 cores each for BERT and GPT-2 (5 Gbit/s, 1 ms), 128 for LLaMA (0.1 ms).
      Ours: three processes on this one machine. Ratio: theirs by ours. Traffic: ours is that of all parties and the client.

      Kernels, 1 thread
      kernel     avx2  portable
      generator  9.88         1  GB/s
      pack               0.0123  GB/s
      Median of the runs, by processor time: what others take of this machine does not count.

      Protocols at three processes on this machine, 1 thread each
      protocol   elements    time  per element  dealer  online   both  rounds
      GeLU        1000000  750 ms       750 ns    56 B    11 B   67 B       5
      + MP-SPDZ   2000000  3.00 s      1500 ns                  750 B
      + HPMPC     1000000  500 ms       500 ns
      Median of the runs, at the party that takes longest; bytes per element between the parties.
      Softmax: weights and the reciprocal of their sum, by which the context is scaled later.
      + other systems: three semi-honest parties on one machine with two cores, one thread each."
    `);
  });

  test('as Markdown: what would be markup is escaped', () => {
    const columns = [{ title: 'a|b' }, { title: 'n', right: true }];
    expect(
      markdownSections('Title', [
        { title: 'One', columns, rows: [['*x*', '1 -> 2']], notes: ['* A note.', '+ Another.'] },
        { title: 'Two', columns: [], rows: [], notes: ['Nothing but words.'] },
      ]),
    ).toBe(
      '# Title\n\n## One\n\n| a\\|b | n |\n|---|---:|\n| \\*x\\* | 1 -\\> 2 |\n\n\\* A note.\n\n\\+ Another.\n\n## Two\n\nNothing but words.\n',
    );
  });

  test('only what was measured is shown', () => {
    const { cases, kernels, protocols } = REPORT;
    const titles = (more: Partial<BenchReport>) =>
      benchSections({ ...REPORT, cases: [], kernels: [], protocols: [], ...more }).map(({ title }) => title);
    expect(titles({ kernels })).toEqual(['Kernels, 1 thread']);
    expect(titles({ protocols })).toEqual(['Protocols at three processes on this machine, 1 thread each']);
    expect(titles({ cases: [cases[2]!] })).toEqual(['Inference by three processes on this machine']);
  });
});

describe('against a saved run', () => {
  test.each([
    ['', spread(4, 3.9, 4.4), spread(4.4, 4.3, 4.5), 'no more than the saved runs differ'],
    ['', spread(4), spread(4.4, 4, 4.5), 'no more than the new runs differ'],
    ['slower', spread(4, 3.9, 4.1), spread(4.4, 4.3, 4.5), 'more than either'],
    ['faster', spread(4.4, 4.3, 4.5), spread(4, 3.9, 4.1), 'the other way round'],
    ['', spread(4), spread(4), 'the same'],
  ] as const)('%j: %j, then %j: %s', (is, before, now, _why) => {
    expect(verdict(before, now)).toBe(is);
  });

  test('what both have, by name and setting', () => {
    const now: BenchReport = {
      ...REPORT,
      cases: [{ ...GPT2, seconds: { ...GPT2.seconds, ...spread(8, 7.9, 8.1) } }, ...REPORT.cases.slice(1)],
      kernels: [{ ...REPORT.kernels[1]!, rate: 2, ...spread(2) }],
      protocols: [{ ...REPORT.protocols[0]!, elements: 10 }],
    };
    const { rows, notes } = againstSection(now, REPORT, 'saved.json');
    expect(rows).toEqual([
      ['gpt2, 32 -> 2', '4.00 s', '8.00 s', '2.00', 'slower'],
      ['llama-7b, 32 -> 2 * from 1, 3', '4.00 s', '4.00 s', '1.00', ''],
      ['generator, portable, threads: 1', '1 GB/s', '2 GB/s', '0.50', 'faster'],
    ]);
    expect(notes![0]).toMatch(/^1 of 3 slower\./);
  });

  test('another machine, another setting, nothing in common', () => {
    const machine = { ...REPORT.machine, cpu: 'Another', node: 'v22.0.0' };
    const network = { name: 'wan', rttMs: 40, bitsPerSecond: 4e8 };
    const before = { ...REPORT, network, machine, simd: 'neon', threads: 2, cases: [], kernels: [], protocols: [] };
    expect(againstSection(REPORT, before, 'saved.json').notes).toEqual([
      'Saved on another machine: Another, 2 cores.',
      'Saved with node v22.0.0; this is v20.1.0.',
      'Saved with neon; this is avx2.',
      'Saved with --network wan; this is no shaped network.',
      'Saved with --threads 2; this is 1.',
      'The saved run has nothing of this one.',
    ]);
  });
});

test('what is saved is read again as it was, and later additions do no harm', () => {
  expect(BenchReport.parse(JSON.parse(JSON.stringify(REPORT)))).toEqual(REPORT);
  expect(BenchReport.parse({ ...REPORT, more: 1 })).toEqual(REPORT);
});

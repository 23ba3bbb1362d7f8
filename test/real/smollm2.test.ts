/** SmolLM2-135M-Instruct against transformers: logits, greedy texts and perplexity, with Puma's defaults. */
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { type Parties, startParties } from '../../src/index.ts';
import { openModelTokenizer } from '../../src/loaders/open-model.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import type { EvaluateReport } from '../../src/report/evaluate.ts';
import { oneLine } from '../../src/report/text.ts';
import { argmax, inTheClear, kernels } from '../slow/local-run.ts';
import { Distances, matrix, measuring, NO_DATA, real, reference } from './real.ts';

/** What greedy search adds to a prompt. At each step `second_ids` has the second best token, `gaps` how far its logit is below the best. */
type Case = {
  prompt: string;
  input_ids: number[];
  generated_ids: number[];
  second_ids: number[];
  gaps: number[];
  text: string;
};
type Windows = { window: number; limit: number; losses: number[]; perplexity: number };

const measured = measuring('SmolLM2-135M-Instruct');
const CASES: Case[] = reference(real.texts).cases;
/** Steps whose two best logits are as close as this may go either way. */
const CLOSE = 0.02;

test('in the clear: logits of 5 prompts, and the choice of every step, are those of transformers', async () => {
  const right = matrix(real.texts, 'logits');
  const [prompts, gaps] = [new Distances(), new Distances()];
  let [row, same, steps] = [0, 0, 0];
  await inTheClear(real.smollm2, async (clear) => {
    const tokenizer = await openModelTokenizer(clear.found);
    const width = clear.model.outputs;
    for (const { prompt, text, input_ids, generated_ids, second_ids, gaps: rightGaps } of CASES) {
      expect(tokenizer.encode(prompt).ids).toEqual(input_ids);
      expect(tokenizer.decode(generated_ids)).toBe(text);
      const ids = [...input_ids, ...generated_ids];
      const query = { ids, types: ids.map(() => 0), reveal: 'every' as const };
      const { output } = await inferPlain({ kernels, ...clear }, query);
      const n = input_ids.length;
      prompts.add(output.subarray(0, n * width), right.subarray(row * width, (row + n) * width));
      const chosenFrom = generated_ids.map((_, i) => output.subarray((n - 1 + i) * width, (n + i) * width));
      const own = chosenFrom.map((logits, i) => logits[generated_ids[i]!]! - logits[second_ids[i]!]!);
      gaps.add(own, rightGaps);
      same += chosenFrom.filter((logits, i) => argmax(logits) === generated_ids[i]).length;
      steps += generated_ids.length;
      row += n;
    }
  });
  measured('in the clear: logits of 5 prompts', 1e-3, prompts);
  measured('in the clear: gap of the two best logits', 2e-3, gaps);
  expect(same).toBe(steps);
});

describe('three parties', () => {
  let parties: Parties;
  beforeAll(async () => {
    parties = await startParties({ model: real.smollm2 });
  });
  afterAll(() => parties?.close());

  test.each(CASES)('greedy text after $prompt', async ({ prompt, generated_ids: right, second_ids, gaps, text }) => {
    const ids: number[] = [];
    let [own, seconds, bytes] = ['', 0, 0];
    for await (const piece of parties.generate({ prompt, maxNewTokens: 64 })) {
      ids.push(piece.id);
      own += piece.text;
      seconds += piece.seconds;
      bytes += piece.bytes.total;
      if (piece.id !== right[ids.length - 1]) break; // from here on it is another text
    }
    const parted = right.findIndex((id, i) => ids[i] !== id);
    const same = parted < 0 ? right.length : parted;
    // The gap where they part; another token than the two best is no close call
    const gap = parted < 0 ? 0 : ids[parted] === second_ids[parted] ? gaps[parted]! : Number.POSITIVE_INFINITY;
    if (parted >= 0) {
      const tokens = `token ${ids[parted]} for ${right[parted]} (second best: ${second_ids[parted]})`;
      console.log(`${oneLine(prompt)}: at step ${parted}, ${tokens}; the gap is ${gaps[parted]}\n${own}`);
    }
    const what = `three parties: greedy tokens before a difference, ${oneLine(prompt, 30)}`;
    measured(what, CLOSE, { max: gap }, { secure: same, clear: right.length, seconds, bytes });
    if (parted < 0) {
      expect(ids).toEqual(right);
      expect(own).toBe(text);
    }
    if (prompt === CASES[0]!.prompt) expect(own.trim()).toBe('The capital of France is Paris.');
  });
});

test('three parties: perplexity of a text', async ({ skip }) => {
  if (!real.windows) return skip(NO_DATA);
  const { window, limit, losses, perplexity }: Windows = reference(real.windows);
  const windows = ['--window', String(window), '--limit', String(limit)];
  const command = ['compare-plaintext', '--model', real.smollm2, '--data', real.wikitext, ...windows, '--json'];
  const { stdout } = await execa('node', [join(projectRoot(), 'bin/puma.js'), ...command]);
  const report: EvaluateReport = JSON.parse(stdout);
  expect(report.results.length).toBe(limit);
  const perToken = new Distances();
  for (const [i, { plaintext, tokens }] of report.results.entries()) {
    perToken.add([plaintext.loss! / tokens!], [losses[i]! / tokens!]);
  }
  measured('in the clear: loss per token of each window', 1e-3, perToken);

  const found = report.metrics.find(({ name }) => name === 'perplexity')!;
  const [clear, secure] = [found.plaintext!, found.secure!];
  const relative = (a: number, b: number) => ({ max: Math.abs(a / b - 1) });
  measured(`in the clear: perplexity, relative to ${perplexity.toPrecision(6)}`, 1e-3, relative(clear, perplexity), {
    clear,
  });
  const took = { seconds: report.seconds.inference, bytes: report.bytes.total };
  const what = `three parties: perplexity of ${limit} windows of ${window}, relative`;
  measured(what, 1e-3, relative(secure, clear), { secure, clear, ...took, details: report.layers });
  const { same, of } = report.agreement!;
  const details = { ...report.logits, nextTokens: { same, of } };
  measured('three parties: logits of all windows', 0.05, report.logits, { details });
});

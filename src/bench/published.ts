/** Figures of other systems, as published or as measured beside ours. */

/** A whole inference. */
export type Published = { system: string; seconds: number; gigabytes: number };

type Row = { model: string; tokens: number; newTokens: number } & Published;

const PUMA = 'PUMA';
const MPCFORMER = 'MPCFormer';

const of = (
  system: string,
  model: string,
  tokens: number,
  newTokens: number,
  seconds: number,
  gigabytes: number,
): Row => ({ system, model, tokens, newTokens, seconds, gigabytes });

/**
 * Dong et al., arXiv 2307.12533. MPCFormer (Li et al., arXiv 2211.01452) as PUMA's authors
 * ran it, without its quadratic approximations. Three servers on a network: BERT and GPT-2 with 32 cores each, LLaMA with 128.
 */
const ROWS: readonly Row[] = [
  of(PUMA, 'bert-base-uncased', 128, 0, 33.913, 10.773),
  of(MPCFORMER, 'bert-base-uncased', 128, 0, 55.32, 12.089),
  of(PUMA, 'bert-base-uncased', 64, 0, 21.141, 4.881),
  of(PUMA, 'bert-base-uncased', 256, 0, 61.21, 26.004),
  of(PUMA, 'roberta-base', 128, 0, 41.641, 11.463),
  of(MPCFORMER, 'roberta-base', 128, 0, 57.256, 12.373),
  of(PUMA, 'bert-large-uncased', 128, 0, 73.72, 27.246),
  of(MPCFORMER, 'bert-large-uncased', 128, 0, 141.222, 32.577),
  of(PUMA, 'gpt2', 32, 1, 15.506, 3.774),
  of(MPCFORMER, 'gpt2', 32, 1, 34.889, 4.999),
  of(PUMA, 'gpt2', 16, 1, 11.056, 1.875),
  of(PUMA, 'gpt2', 64, 1, 24.86, 7.821),
  of(PUMA, 'gpt2-medium', 32, 1, 30.272, 7.059),
  of(MPCFORMER, 'gpt2-medium', 32, 1, 73.078, 11.766),
  of(PUMA, 'gpt2-large', 32, 1, 54.154, 11.952),
  of(MPCFORMER, 'gpt2-large', 32, 1, 129.095, 22.522),
  of(PUMA, 'llama-7b', 4, 1, 122.004, 0.907),
  of(PUMA, 'llama-7b', 8, 1, 200.473, 1.794),
  of(PUMA, 'llama-7b', 8, 2, 364.527, 3.857),
];

/** Of this model at these lengths. */
export function publishedFor(model: string, tokens: number, newTokens: number): Published[] {
  return ROWS.filter((row) => row.model === model && row.tokens === tokens && row.newTokens === newTokens).map(
    ({ system, seconds, gigabytes }) => ({ system, seconds, gigabytes }),
  );
}

/** One protocol of another system: three semi-honest parties on one machine with two cores, one thread each; measured by us. */
export type Other = { system: string; elements: number; seconds: number; bytes?: number };

const spdz = (elements: number, seconds: number, megabytes?: number): Other => ({
  system: 'MP-SPDZ, replicated ring',
  elements,
  seconds,
  ...(megabytes === undefined ? {} : { bytes: megabytes * 1e6 }),
});

const trio = (elements: number, seconds: number, megabytes?: number): Other => ({
  ...spdz(elements, seconds, megabytes),
  system: 'HPMPC, Trio',
});

export const OTHERS = {
  multiply: [spdz(1e6, 0.123), trio(1e6, 0.039)],
  compare: [spdz(1e6, 0.32, 115), trio(1e6, 0.122, 56)],
  gelu: [spdz(1e6, 1.76, 771)],
  softmax: [spdz(1536 * 128, 0.78, 311)],
  matmul: [spdz(128 * 3072, 3.68), trio(128 * 3072, 0.235)],
} as const;

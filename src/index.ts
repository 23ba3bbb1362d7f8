/**
 * Puma as a library: transformers on prompts and weights that nobody may see. Failures are PumaErrors, with a code and a hint; an abort
 * rejects with the signal's reason; whatever happens, no process, socket or temporary file is left. What this is made of: parts.ts.
 */

export type { Cost, KindCost, StepCost } from './cost/cost.ts';
export { PumaError } from './errors.ts';
export { type KernelOptions, type Kernels, loadKernels } from './kernels/index.ts';
export type { InferResult, Question } from './library/answer.ts';
export { type CompareOptions, type Comparison, comparePlaintext } from './library/compare.ts';
export type { Piece, Prompt } from './library/continue.ts';
export { type CostOptions, cost } from './library/cost.ts';
export { type GenerateOptions, generate } from './library/generate.ts';
export { type InferOptions, infer } from './library/infer.ts';
export type { LinearRing, ModelChoice } from './library/model.ts';
export { Parties, type StartOptions, startParties } from './library/parties.ts';
export type { Padding, Words } from './library/query.ts';
export type { Progress, RunOptions } from './library/running.ts';
export { type ShareWeightsOptions, shareWeights } from './library/share.ts';
export { type ResolvedModel, resolveModel } from './loaders/resolve.ts';
export type { Bytes, Output } from './runtime/answers.ts';
export type { Manifest, ShareProgress } from './shares/index.ts';

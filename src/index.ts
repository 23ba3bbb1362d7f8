/**
 * Puma as a library: transformers on prompts and weights that nobody may see. Failures are PumaErrors, with a code and a hint; an abort
 * rejects with the signal's reason; whatever happens, no process, socket or temporary file is left. What this is made of: parts.ts.
 */
export type { Cost, KindCost, StepCost } from './cost/cost.ts';
export { PumaError, type Term, type Words } from './errors.ts';
export { type KernelOptions, type Kernels, loadKernels } from './kernels/index.ts';
export { type BenchOptions, type BenchReport, bench } from './library/bench.ts';
export type { CalibrationReport } from './library/calibrate/report.ts';
export { type CalibrateOptions, calibrate } from './library/calibrate.ts';
export { type ChatOptions, Conversation } from './library/chat/conversation.ts';
export { type CompareOptions, type Comparison, comparePlaintext, type ReferenceComparison } from './library/compare.ts';
export { type CostOptions, cost } from './library/cost.ts';
export type { EvaluateOptions } from './library/evaluate/options.ts';
export type { EvaluatedRow, Evaluation } from './library/evaluate/report.ts';
export { evaluate } from './library/evaluate.ts';
export { type Forecast, type ForecastOptions, forecast } from './library/forecast.ts';
export { type GenerateOptions, generate } from './library/generate.ts';
export { type InferOptions, infer } from './library/infer.ts';
export { type KnownModel, listModels } from './library/models.ts';
export { Parties, startParties } from './library/parties.ts';
export type { Progress } from './library/progress.ts';
export { type PulledModel, type PullOptions, pull } from './library/pull.ts';
export type { InferResult, Question } from './library/run/answer.ts';
export type { Piece } from './library/run/continue.ts';
export type { LinearRing, ModelChoice } from './library/run/model.ts';
export type { RunOptions } from './library/run/options.ts';
export type { Prompt } from './library/run/prompt.ts';
export type { Padding, Words as TextWords } from './library/run/query.ts';
export type { StartOptions } from './library/run/run.ts';
export type { RunReport } from './library/run/running.ts';
export { type ShareWeightsOptions, shareWeights } from './library/share.ts';
export { type ResolvedModel, resolveModel } from './loaders/resolve.ts';
export type { Bytes, Output } from './runtime/answers.ts';
export type { Manifest } from './shares/index.ts';
export type { Message } from './tokenizers/chat/messages.ts';

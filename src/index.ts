/** Puma as a library. */
export { PumaError } from './errors.ts';
export { type Kernels, loadKernels } from './kernels/index.ts';
export { openCheckpoint } from './loaders/checkpoint.ts';
export { type ResolvedModel, resolveModel } from './loaders/resolve.ts';
export { type DealerShares, type EvaluatorShares, type Manifest, openShares } from './loaders/shares.ts';
export { openTokenizer, type Tokenizer } from './loaders/tokenizer.ts';
export { modelFor } from './models/index.ts';
export type { Model } from './models/model.ts';
export { plannedWeights } from './models/weights.ts';
export { countBytes, describeOutput } from './service/answers.ts';
export { type Answer, Client, type Query } from './service/client.ts';
export { LocalParties } from './service/launch.ts';
export { serveParty } from './service/party.ts';
export { inferPlain } from './service/plain.ts';
export { readShares, shareWeights } from './service/shares.ts';
export { withTempFolder } from './service/temp.ts';
export { queryFor } from './service/texts.ts';
export { openMesh } from './transport/mesh.ts';

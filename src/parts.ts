/**
 * What the library is made of, for those who build parties, clients or protocols of their own: `import ... from 'puma-mpc/parts'`.
 * docs/protocols.md has the protocols; docs/security.md says what holds when they are composed.
 */

export { queryFor } from './datasets/query.ts';
export { withTempFolder } from './files/temp.ts';
export { openCheckpoint } from './loaders/checkpoint.ts';
export { type OpenModel, openModel, openModelTokenizer, readModelConfig } from './loaders/open-model.ts';
export { modelFor } from './models/index.ts';
export type { Model } from './models/model.ts';
export type { Query } from './models/query.ts';
export { plannedWeights } from './models/weights.ts';
export { type InputSpec, receiveInput, receiveOutput, reveal, sendInput } from './mpc/client.ts';
export { add, addPublic, negate, scale, sub } from './mpc/local.ts';
export { mirroredMatmul } from './mpc/mirror.ts';
export { matmul, product, rowDot } from './mpc/product.ts';
export { remask } from './mpc/remask.ts';
export { truncate } from './mpc/truncate.ts';
export { Additive, Masked } from './mpc/values.ts';
export { type LocalOptions, threeParties } from './party/local.ts';
export { Party, scoped } from './party/party.ts';
export type { Session } from './party/session.ts';
export { inferPlain } from './plaintext/plain.ts';
export { countBytes, describeOutput } from './runtime/answers.ts';
export { type Answer, Client } from './runtime/client.ts';
export { LocalParties } from './runtime/launch.ts';
export { label } from './runtime/messages.ts';
export { type PartyOptions, serveParty } from './runtime/party.ts';
export { type DealerShares, type EvaluatorShares, openShares } from './shares/index.ts';
export { readShares } from './shares/share-model.ts';
export { openTokenizer } from './tokenizers/open.ts';
export type { Tokenizer } from './tokenizers/tokenizer.ts';
export type { Addresses, Role } from './transport/address.ts';
export { Buffers } from './transport/buffers.ts';
export type { Link } from './transport/link.ts';
export { memoryPair } from './transport/memory.ts';
export { type Mesh, openMesh } from './transport/mesh.ts';

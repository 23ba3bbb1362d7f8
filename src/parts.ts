/**
 * What the library is made of, for those who build parties, clients or protocols of their own: `import ... from 'puma-mpc/parts'`.
 * docs/protocols.md has the protocols; docs/security.md says what holds when they are composed.
 */
export { openCheckpoint } from './loaders/checkpoint.ts';
export { type OpenModel, openModel, openModelTokenizer, readModelConfig } from './loaders/open-model.ts';
export { type DealerShares, type EvaluatorShares, openShares } from './loaders/shares.ts';
export { openTokenizer, type Tokenizer } from './loaders/tokenizer.ts';
export { modelFor } from './models/index.ts';
export type { Model } from './models/model.ts';
export { plannedWeights } from './models/weights.ts';
export { type InputSpec, receiveInput, receiveOutput, reveal, sendInput } from './mpc/client.ts';
export { add, addPublic, negate, scale, sub } from './mpc/local.ts';
export { mirroredMatmul } from './mpc/mirror.ts';
export { matmul, product, rowDot } from './mpc/product.ts';
export { remask } from './mpc/remask.ts';
export { truncate } from './mpc/truncate.ts';
export { Additive, Masked } from './mpc/values.ts';
export { type LocalOptions, threeParties } from './party/local.ts';
export { Party, type Session, scoped } from './party/party.ts';
export { countBytes, describeOutput } from './service/answers.ts';
export { type Answer, Client, type Query } from './service/client.ts';
export { LocalParties } from './service/launch.ts';
export { label } from './service/messages.ts';
export { type PartyOptions, serveParty } from './service/party.ts';
export { inferPlain } from './service/plain.ts';
export { readShares } from './service/shares.ts';
export { withTempFolder } from './service/temp.ts';
export { queryFor } from './service/texts.ts';
export type { Addresses, Role } from './transport/address.ts';
export { Buffers } from './transport/buffers.ts';
export type { Link } from './transport/link.ts';
export { memoryPair } from './transport/memory.ts';
export { type Mesh, openMesh } from './transport/mesh.ts';

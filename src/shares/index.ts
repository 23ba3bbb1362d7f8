/** Share folders: what `puma share-weights` writes and the parties read (docs/protocols.md, weights). */

export type { Role } from '../transport/address.ts';
export { type Chunk, cutRows, type Grid, gridOf } from './chunks.ts';
export { maskLabel, maskLanes, packedBytes, partyFolder } from './layout.ts';
export { type Manifest, manifestDigest, type SharedTensor } from './manifest.ts';
export type { MaskedTensor } from './masked.ts';
export { type DealerShares, type EvaluatorShares, openShares } from './reader.ts';
export { checkUsable, unusableRows } from './usable.ts';
export { type ShareOptions, type ShareProgress, writeShares } from './writer.ts';

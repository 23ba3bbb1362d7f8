/** Share folders: what `puma share-weights` writes and the parties read (docs/protocols.md, weights). */
export { type Manifest, manifestDigest, type SharedTensor } from './manifest.ts';
export { type Chunk, cutRows, type Grid, gridOf } from './share-chunks.ts';
export { maskLabel, maskLanes, packedBytes, partyFolder, type Role } from './share-layout.ts';
export type { MaskedTensor } from './share-masked.ts';
export { type DealerShares, type EvaluatorShares, openShares } from './share-reader.ts';
export { type ShareOptions, type ShareProgress, writeShares } from './share-writer.ts';

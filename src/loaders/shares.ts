/** Share folders: what `puma share-weights` writes and the parties read (docs/protocols.md, weights). */
export { type Manifest, manifestDigest, type SharedTensor } from './manifest.ts';
export { maskLabel, maskLanes, partyFolder, type Role } from './share-layout.ts';
export { type DealerShares, type EvaluatorShares, type MaskedTensor, openShares } from './share-reader.ts';
export { type ShareOptions, type ShareProgress, writeShares } from './share-writer.ts';

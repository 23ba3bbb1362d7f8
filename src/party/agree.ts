import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { PumaError } from '../errors.ts';
import type { Role } from '../transport/address.ts';
import type { Label, Link } from '../transport/link.ts';
import type { Session } from './session.ts';

/**
 * How two parties come to the seed they share for one run: an X25519 exchange of fresh keys (RFC 7748), and HKDF-SHA256 over
 * the result. The dealer and an evaluator salt it with the mask key both hold already, so that a run's seeds stay unknown even to
 * somebody who reads and alters that link. Every run has new seeds: no stream is ever used twice.
 *
 * The same message carries the digest of the sender's manifest: parties with different shares refuse each other.
 */
export const AGREE_LABEL: Label = 'session.key\0';
const DIGEST_BYTES = 32;
const SEED_BYTES = 16;

export type Agreement = {
  role: Role;
  runId: string;
  /** Of the manifest, in hex. */
  digest: string;
  /** Mask key shared with party 0, 1, 2 where there is one. */
  keys: readonly (Uint8Array | undefined)[];
  links: readonly (Link | undefined)[];
};

/** Seeds for this run, by party; the own entry is empty. Throws E_MANIFEST when another party holds other shares. */
export async function agreeSeeds({ role, runId, digest, keys, links }: Agreement): Promise<Session['seeds']> {
  const pair = generateKeyPairSync('x25519');
  const hello = Buffer.concat([Buffer.from(digest, 'hex'), pair.publicKey.export({ type: 'spki', format: 'der' })]);
  const seeds: [Uint8Array, Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)];
  for (const link of links) link?.send(AGREE_LABEL, hello);
  for (const peer of [0, 1, 2] as const) {
    const link = links[peer];
    if (!link) continue;
    const message = await link.receive(AGREE_LABEL);
    if (message.length !== hello.length)
      throw new PumaError('E_PROTOCOL', `${link.peer} sent no session key`, undefined, 1);
    if (Buffer.compare(message.subarray(0, DIGEST_BYTES), hello.subarray(0, DIGEST_BYTES)) !== 0)
      throw differs(role, peer);
    const secret = diffieHellman({ privateKey: pair.privateKey, publicKey: publicKey(message.subarray(DIGEST_BYTES)) });
    const info = `puma/1 seed ${runId} ${Math.min(role, peer)} ${Math.max(role, peer)}`;
    seeds[peer] = new Uint8Array(hkdfSync('sha256', secret, keys[peer] ?? new Uint8Array(0), info, SEED_BYTES));
  }
  return seeds;
}

function publicKey(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
}

function differs(role: Role, peer: Role): PumaError {
  const [a, b] = role < peer ? [role, peer] : [peer, role];
  const hint = 'Each party needs its folder from the same run of share-weights.';
  return new PumaError(
    'E_MANIFEST',
    `the manifests of party ${a} and party ${b} differ: they hold shares of different runs`,
    hint,
  );
}

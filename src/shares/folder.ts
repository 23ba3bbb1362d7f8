import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { call, PumaError, words } from '../errors.ts';
import { io, readSmall } from '../files/io.ts';
import { isFolder } from '../files/there.ts';
import type { Role } from '../transport/address.ts';
import { keyFile, MANIFEST_FILE, MASKED_FILE, partyFiles, partyFolder } from './layout.ts';

const ROLES = [0, 1, 2] as const;

/**
 * Why a folder may not be replaced by shares: it holds anything that share-weights did not write. undefined for a folder of
 * shares, damaged or not, and for an empty one.
 */
export async function whyNoShares(path: string): Promise<string | undefined> {
  if (!(await io('read', path, () => lstat(path))).isDirectory()) return 'it is no folder';
  const names = await io('read', path, () => readdir(path));
  const parties = ROLES.filter((role) => names.includes(partyFolder(role)));
  const other = names.find((name) => !ROLES.some((role) => name === partyFolder(role)));
  if (other) return `it holds ${JSON.stringify(other)}, so it is no folder of Puma shares`;
  for (const role of parties) {
    const reason = await whyNoParty(join(path, partyFolder(role)), role);
    if (reason) return reason;
  }
  return undefined;
}

async function whyNoParty(path: string, role: Role): Promise<string | undefined> {
  if (!(await io('read', path, () => lstat(path))).isDirectory()) return `${path} is no folder`;
  const names = await io('read', path, () => readdir(path));
  const other = names.find((name) => !partyFiles(role).includes(name));
  if (other) return `${partyFolder(role)} holds ${JSON.stringify(other)}, so it is no folder of Puma shares`;
  if (!names.includes(MANIFEST_FILE))
    return names.length > 0 ? `${partyFolder(role)} has no ${MANIFEST_FILE}` : undefined;
  const manifest = join(path, MANIFEST_FILE);
  const text = Buffer.from(await readSmall(manifest, 100_000_000));
  return text.includes('"puma-shares/') ? undefined : `${manifest} is not a manifest of Puma shares`;
}

/**
 * The folder of a party: `folder` itself, or its party<role> when it is the folder with all three. Refuses when a file is
 * missing, and when there is one that the party must not have.
 */
export async function findPartyFolder(folder: string, role: Role): Promise<string> {
  const own = join(folder, partyFolder(role));
  const path = (await isFolder(own)) ? own : folder;
  if (!(await isFolder(path))) {
    throw new PumaError(
      'E_SHARES',
      `${path} is no folder of shares`,
      words`Make them: ${call('shareWeights', { model: 'NAME', out: 'FOLDER' })}`,
    );
  }
  const names = await io('read', path, () => readdir(path));
  for (const file of partyFiles(role)) {
    if (!names.includes(file)) throw new PumaError('E_SHARES', `${join(path, file)} is missing`, COPY_ALL);
  }
  for (const file of [keyFile(1), keyFile(2), MASKED_FILE]) {
    if (names.includes(file) && !partyFiles(role).includes(file)) {
      const message = `${join(path, file)} must not be here: with it, party ${role} could read the weights`;
      throw new PumaError('E_SHARES', message, 'Give each party its own folder only, and share the weights again.');
    }
  }
  return path;
}

const COPY_ALL = 'Copy all files of the party from one run of share-weights.';

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json, models.config.json and models/: the same from src/ and from dist/. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The version of Puma, from package.json. */
export const version = (): string => JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')).version;

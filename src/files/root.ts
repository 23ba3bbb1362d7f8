import { fileURLToPath } from 'node:url';

/** The folder with package.json, models.config.json and models/: the same from src/ and from dist/. */
export const projectRoot = (): string => fileURLToPath(new URL('../../', import.meta.url));

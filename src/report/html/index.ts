/** Reports as pages: one file each, to be opened, mailed or printed. */
export { benchPage } from './bench/index.ts';
export { comparePage } from './compare.ts';
export { evaluatePage } from './evaluate.ts';
export { inferPage } from './infer.ts';
export type { About } from './page.ts';

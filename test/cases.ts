/** How many cases a test runs: a sample in `npm test`, all of them in `npm run test:slow`, which sets PUMA_CASES=full. */
import { test } from 'vitest';

const FULL = process.env.PUMA_CASES === 'full';

/** The first choice by default, the second where all cases are wanted. */
export const sample = <T>(some: T, all: T): T => (FULL ? all : some);

/** A test that is skipped unless all cases are wanted. */
export const thorough: (name: string, body: () => Promise<void> | void) => void = test.runIf(FULL);

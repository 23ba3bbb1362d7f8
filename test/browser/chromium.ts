/** A real browser without a screen: Debian's Chromium, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why there are no tests in a browser here; undefined if there can be. */
export const noBrowser: string | undefined = existsSync(PATH)
  ? undefined
  : `no browser at ${PATH}: install chromium, or set CHROMIUM`;

/** It talks to nobody: no updates, no metrics. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: PATH,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });

/**
 * Pictures of the pages that --html writes, for docs/images: a phone in light colours, a wide screen in dark ones.
 *
 *   node scripts/screenshots.mjs OUT NAME=page.html ...     -> OUT/NAME-phone.png, OUT/NAME-wide.png
 *
 * Needs Chromium: /usr/bin/chromium, or the one that CHROMIUM names.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const SIZES = [
  { name: 'phone', colorScheme: 'light', width: 360, height: 1500 },
  { name: 'wide', colorScheme: 'dark', width: 900, height: 1400 },
];

const [out, ...pages] = process.argv.slice(2);
if (!out || pages.length === 0 || pages.some((page) => !page.includes('='))) {
  process.stderr.write('usage: node scripts/screenshots.mjs OUT NAME=page.html ...\n');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    ...['--disable-background-networking', '--disable-component-update'],
  ],
});
try {
  for (const page of pages) {
    const [name, file] = [page.slice(0, page.indexOf('=')), page.slice(page.indexOf('=') + 1)];
    for (const { name: size, colorScheme, width, height } of SIZES) {
      const tab = await browser.newPage({ viewport: { width, height }, colorScheme });
      await tab.goto(pathToFileURL(resolve(file)).href);
      await tab.screenshot({ path: join(out, `${name}-${size}.png`) });
      await tab.close();
    }
  }
} finally {
  await browser.close();
}

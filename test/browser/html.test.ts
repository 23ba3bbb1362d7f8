/** Pages as a browser shows them: on phones and wide screens, light and dark, on paper. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVIL, FIGURES, SAMPLES } from '../report/html-samples.ts';
import { launch, noBrowser } from './chromium.ts';

const NAMES = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
const WIDTHS = [320, 768, 1280];
const SCHEMES = ['light', 'dark'] as const;

if (noBrowser) console.warn(`pages are not tested in a browser: ${noBrowser}`);

describe.skipIf(noBrowser)(`pages in a browser${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let browser: Browser;
  let folder: string;
  const urlOf = (name: string) => pathToFileURL(join(folder, `${NAMES.indexOf(name as never)}.html`)).href;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'puma-pages-'));
    for (const [i, name] of NAMES.entries()) await writeFile(join(folder, `${i}.html`), SAMPLES[name].page());
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page, does something with it; whatever the browser complained about or asked for is in `complaints`. */
  async function open<T>(
    name: string,
    { width = 1280, scheme = 'light' as 'light' | 'dark' },
    work: (page: Page) => Promise<T>,
  ): Promise<{ result: T; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    try {
      await page.goto(urlOf(name));
      return { result: await work(page), complaints };
    } finally {
      await page.close();
    }
  }

  const cases = NAMES.flatMap((name) => WIDTHS.flatMap((width) => SCHEMES.map((scheme) => ({ name, width, scheme }))));

  test.each(cases)('$name, $width px, $scheme: fits, draws, complains of nothing', async ({ name, width, scheme }) => {
    const { result, complaints } = await open(name, { width, scheme }, async (page) => ({
      overflow: await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      plots: await page.locator('figure').evaluateAll(seenPlots),
      text: await page.evaluate(CONTRAST),
    }));
    expect(complaints).toEqual([]);
    expect(result.overflow).toBe(0);
    for (const plot of result.plots) {
      expect(plot).toMatchObject({ shown: 1, inside: true });
      expect(plot.width).toBeGreaterThan(Math.min(width, 460) * 0.85);
      expect(plot.letters, 'height of letters in px').toBeGreaterThanOrEqual(10);
    }
    expect(result.text, 'contrast of text and page').toBeGreaterThanOrEqual(4.5);
  });

  test.each(NAMES)('%s: tables have the figures of the JSON', async (name) => {
    const { result } = await open(name, {}, async (page) => {
      const figures: Record<string, number[]> = {};
      for (const id of Object.keys(FIGURES[name])) {
        const values = await page.locator(`#${id} tbody data`).evaluateAll(valuesOf);
        figures[id] = values.map(Number);
      }
      return { figures, json: JSON.parse((await page.locator('#report').textContent())!) };
    });
    expect(result.figures).toEqual(FIGURES[name]);
    expect(result.json).toEqual(JSON.parse(JSON.stringify(SAMPLES[name].report)));
  });

  test.each(NAMES)('%s: texts are shown, not run', async (name) => {
    const { result, complaints } = await open(name, {}, (page) => page.evaluate<string>('document.body.innerText'));
    expect(result.replace(/\s+/g, ' ')).toContain(EVIL);
    expect(complaints).toEqual([]);
  });

  test.each(NAMES)('%s: on paper, nothing is cut off and all is light', async (name) => {
    const { result } = await open(name, { width: 718, scheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      const plots = await page.locator('figure').evaluateAll(seenPlots);
      return { background, plots, pdf: await page.pdf({ format: 'A4' }) };
    });
    expect(result.background).toBe('rgb(255, 255, 255)');
    for (const plot of result.plots) expect(plot).toMatchObject({ shown: 1, inside: true });
    expect(result.pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });

  test('plots are alike without colours: kinds of work differ by pattern', async () => {
    const { result } = await open('bench', {}, (page) =>
      page.locator('#kind-seconds-plot .wide rect[fill]').evaluateAll(fillsOf),
    );
    expect(new Set(result).size).toBe(3);
    expect(result.every((fill) => /^url\("?#fill\d"?\)$/.test(fill))).toBe(true);
  });
});

type Drawn = { shown: number; inside: boolean; width: number; letters: number };

// What runs in the page: the browser's types are not those of Node.

type Element = {
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
  getBoundingClientRect(): { left: number; right: number; width: number; height: number };
};

const valuesOf = (elements: unknown[]): string[] => elements.map((e) => (e as Element).getAttribute('value')!);
const fillsOf = (elements: unknown[]): string[] => elements.map((e) => (e as Element).getAttribute('fill')!);

/** Of each figure: how many of its drawings are shown, and whether all letters stand inside the page. */
function seenPlots(figures: unknown[]): Drawn[] {
  return (figures as Element[]).map((figure) => {
    const drawings = [...figure.querySelectorAll('svg.plot')].filter((svg) => svg.getBoundingClientRect().width > 0);
    const texts = drawings
      .flatMap((svg) => [...svg.querySelectorAll('text')])
      .map((text) => text.getBoundingClientRect());
    const boxes = texts.filter(({ width }) => width > 0);
    const page = (globalThis as unknown as { innerWidth: number }).innerWidth;
    return {
      shown: drawings.length,
      inside: boxes.every(({ left, right }) => left >= 0 && right <= page),
      width: drawings[0]?.getBoundingClientRect().width ?? 0,
      letters: Math.min(...boxes.map(({ height }) => height)),
    };
  });
}

/** The least contrast of notes, ticks and links with the page, by WCAG 2. */
const CONTRAST = `(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/\\d+/g).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = light(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll('p, td, th, caption, figcaption, h1, h2, dt, dd')];
  return Math.min(...texts.map((e) => light(getComputedStyle(e).color)).map((l) => (Math.max(l, page) + 0.05) / (Math.min(l, page) + 0.05)));
})()`;

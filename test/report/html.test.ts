/** Pages as text: nothing in them runs, nothing is fetched, and their figures are those of the JSON. */
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { embedded, escaped } from '../../src/report/html/escape.ts';
import { comparePage } from '../../src/report/html/index.ts';
import { thinned } from '../../src/report/html/pairs.ts';
import { shortName } from '../../src/report/html/plot.ts';
import { htmlTable } from '../../src/report/html/table.ts';
import { ABOUT, EVIL, FIGURES, SAMPLES } from './html-samples.ts';

const parse = (html: string) => parseHTML(html).document;

describe('text in HTML', () => {
  test.each([
    ['<b>', '&lt;b&gt;'],
    ['"a" & \'b\'', '&quot;a&quot; &amp; &#39;b&#39;'],
    ['&amp;', '&amp;amp;'],
    ['a\tb\nc', 'a\tb\nc'],
    ['\0\x1b\x7f\ud800', '\ufffd\ufffd\ufffd\ufffd'],
    ['😀', '😀'],
  ])('%j', (text, html) => expect(escaped(text)).toBe(html));

  test('any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\p{Cc}\p{Cs}]/u.test(text));
        const { document } = parseHTML(`<html><body><p title="${escaped(text)}">${escaped(text)}</p></body></html>`);
        const p = document.querySelector('p')!;
        expect([p.textContent, p.getAttribute('title')]).toEqual([text, text]);
      }),
    );
  });

  test('any JSON comes back, and nothing in it can end a script', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '</script>', '<!--', ']]>'), (value, evil) => {
        const text = embedded({ value, evil });
        expect(text).not.toContain('<');
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value, evil })));
      }),
    );
  });
});

describe.each(Object.entries(SAMPLES))('%s', (name, { report, page }) => {
  const html = page();
  const document = parse(html);

  test('holds what --json prints', () => {
    const scripts = [...document.querySelectorAll('script')];
    expect(scripts.map((script) => [script.getAttribute('type'), script.id])).toEqual([['application/json', 'report']]);
    expect(JSON.parse(scripts[0]!.textContent!)).toEqual(JSON.parse(JSON.stringify(report)));
  });

  test('tables have its figures', () => {
    const found = Object.keys(FIGURES[name as keyof typeof SAMPLES]).map((id) => [
      id,
      [...document.querySelectorAll(`#${id} tbody data`)].map((data) => Number(data.getAttribute('value'))),
    ]);
    expect(Object.fromEntries(found)).toEqual(FIGURES[name as keyof typeof SAMPLES]);
  });

  test('runs nothing and fetches nothing', () => {
    expect(html).toContain(`content="default-src 'none';`);
    const elements = [...document.querySelectorAll('*')];
    const allowed = /^(script|link|meta|style)$/;
    expect(
      elements.filter(({ localName }) => /^(img|iframe|object|embed|form|base|foreignObject|a)$/.test(localName)),
    ).toEqual([]);
    expect(elements.filter((e) => e.closest('body') && allowed.test(e.localName) && e.id !== 'report')).toEqual([]);
    const attributes = elements.flatMap((e) => [...e.attributes].map((a) => ({ name: a.name, value: a.value })));
    expect(attributes.filter((a) => /^on/i.test(a.name))).toEqual([]);
    expect(attributes.filter((a) => /^(src|href|xlink:href|action|data)$/i.test(a.name)).map((a) => a.value)).toEqual([
      'data:,',
    ]);
    const urls = html.match(/url\([^)]*\)/g) ?? [];
    expect(urls.filter((url) => !/^url\(#fill\d\)$/.test(url))).toEqual([]);
    expect(document.querySelector('style')!.textContent).not.toMatch(/@import|expression/);
  });

  test('shows texts as they are', () => {
    expect(document.body.textContent).toContain(EVIL);
  });

  test('every plot has a name, two widths and a table behind it', () => {
    const figures = [...document.querySelectorAll('figure')];
    expect(figures.length).toBeGreaterThan(2);
    for (const one of figures) {
      const drawings = [...one.querySelectorAll('svg.plot')];
      expect(drawings.map((svg) => svg.getAttribute('class'))).toEqual(['plot narrow', 'plot wide']);
      const title = one.querySelector('figcaption')!.textContent!;
      for (const svg of drawings) {
        expect([svg.getAttribute('role'), svg.getAttribute('aria-label')]).toEqual(['img', title]);
        expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined/);
      }
      expect(one.closest('section')!.querySelector('table'), title).not.toBeNull();
    }
  });

  test('ids are unique, tables have titles', () => {
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    for (const table of document.querySelectorAll('table')) {
      expect(table.querySelector('caption')!.textContent).not.toBe('');
      expect(table.querySelectorAll('tbody th[scope=row]').length).toBe(table.querySelectorAll('tbody tr').length);
    }
  });
});

test('about a page: command, version, date, machine', () => {
  const document = parse(SAMPLES['infer, labels'].page());
  const text = document.querySelector('header')!.textContent!.replace(/\s+/g, ' ').trim();
  expect(text).toBe(`Private inference with model ${EVIL} puma infer 1.2.3, 2024-05-06 07:08 UTC${ABOUT.machine}`);
});

test('differences that are no numbers are said to be none, and are in no plot', () => {
  const { report } = SAMPLES['compare-plaintext'];
  const broken = {
    ...report,
    results: report.results.map((result) => ({ ...result, logits: [Number.NaN, 1], logitsMax: Number.NaN })),
    difference: { ...report.difference, layers: [{ name: 'layer.0', max: Number.NaN, mean: Number.NaN }] },
  };
  const document = parse(comparePage(broken, ABOUT));
  expect(document.querySelector('#errors tbody')!.textContent!.trim()).toBe('layer.0not a numbernot a number');
  expect(document.querySelector('#errors-plot')).toBeNull();
  expect(document.querySelectorAll('#logits-plot .wide circle').length).toBe(2);
});

test('a long table unfolds', () => {
  const rows = Array.from({ length: 41 }, (_, i) => [`row ${i}`]);
  const unfolds = (n: number) =>
    htmlTable('t', { caption: 'T', columns: ['a'], rows: rows.slice(0, n) }).includes('<details>');
  expect([unfolds(40), unfolds(41)]).toEqual([false, true]);
});

test('many points are thinned: the farthest apart stay', () => {
  const pairs = Array.from({ length: 1000 }, (_, i) => ({
    name: `${i}`,
    plain: i,
    secure: i + (i % 100 === 7 ? 1 : 0),
  }));
  const some = thinned(pairs, 90);
  expect(some.length).toBe(90);
  expect(new Set(some.map(({ name }) => name)).size).toBe(90);
  expect(some.filter(({ name }) => name.endsWith('07') || name === '7').length).toBe(10);
  expect(thinned(pairs, 1000)).toEqual(pairs);
});

test.each([
  ['short', 'short'],
  ['bert-base-uncased, 128 *', 'bert-bas…d, 128 *'],
  ['a\nb', 'a b'],
])('%j in a plot for phones', (name, shown) => expect(shortName(name, true)).toBe(shown));

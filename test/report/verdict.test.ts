/** What is said of a comparison: on a terminal, on a page, and in the line of the error. */
import { describe, expect, test } from 'vitest';
import { verdictParagraphs } from '../../src/report/html/verdict.ts';
import { type Compared, describeVerdict, whatDiffers } from '../../src/report/verdict.ts';

const STYLE = {
  strong: (text: string) => `*${text}*`,
  faint: (text: string) => text,
  bad: (text: string) => `!${text}!`,
};

const FAULT: Compared['fault'] = {
  ...{ layer: 'layer.1', error: 9, site: 'layer.1.down residual', holds: false },
  ...{ range: { most: 9 }, bound: { most: 4 } },
  message: 'layer.1.down <residual>: 9 where 4 holds; run puma calibrate',
};

const compared = (given: Partial<Compared>): Compared => ({
  ...{
    task: 'classify',
    agreement: { same: 3, of: 3, ties: 0 },
    largest: 0.01,
    tolerance: 0.1,
    within: true,
    fault: null,
  },
  ...given,
});

const off = (given: Partial<Compared>) => compared({ largest: 24.13, within: false, fault: FAULT, ...given });

test('an error names what differs', () => {
  const rows: [given: Partial<Compared>, line: string][] = [
    [{}, 'logits differ by up to 24.1 (tolerance 0.1)'],
    [{ largest: 9.23e-5, tolerance: 1e-6 }, 'logits differ by up to 9.2e-5 (tolerance 1.0e-6)'],
    [{ agreement: { same: 1, of: 3, ties: 0 } }, 'labels differ (2 of 3), logits by up to 24.1 (tolerance 0.1)'],
    [{ agreement: { same: 1, of: 3, ties: 1 } }, 'labels differ (1 of 3), logits by up to 24.1 (tolerance 0.1)'],
    [{ agreement: { same: 1, of: 3, ties: 2 } }, 'logits differ by up to 24.1 (tolerance 0.1)'],
    [
      { task: 'generate', agreement: { same: 0, of: 1, ties: 0 } },
      'next tokens differ (1 of 1), logits by up to 24.1 (tolerance 0.1)',
    ],
    [{ task: 'embed', agreement: null }, 'output differs by up to 24.1 (tolerance 0.1)'],
  ];
  expect(rows.map(([given]) => whatDiffers(off(given)))).toEqual(rows.map(([, line]) => line));
});

describe('on a terminal and on a page', () => {
  const rows: [what: string, given: Compared, terminal: string[], page: string[]][] = [
    [
      'all the same',
      compared({}),
      ['labels  *SAME*'],
      ['<p class="good"><strong>✓ 3 of 3 labels the same</strong></p>'],
    ],
    [
      'a tie',
      compared({ agreement: { same: 2, of: 3, ties: 1 } }),
      ['labels  *SAME, 1 tie within twice the tolerance*'],
      ['<p class="good"><strong>✓ 2 of 3 labels the same, 1 tie within twice the tolerance</strong></p>'],
    ],
    [
      'the same labels of wrong logits',
      off({ task: 'generate' }),
      [
        'next tokens  !SAME; logits differ by up to 24.1 (tolerance 0.1)!',
        'fault        !layer.1.down <residual>: 9 where 4 holds; run puma calibrate!',
      ],
      [
        '<p class="bad"><strong>✗ logits differ by up to 24.1 (tolerance 0.1)</strong>; 3 of 3 next tokens the same</p>',
        '<p class="bad">Fault: layer.1.down &lt;residual&gt;: 9 where 4 holds; run puma calibrate</p>',
      ],
    ],
    [
      'a broken range that did no harm',
      compared({ fault: FAULT }),
      ['labels  *SAME*', 'fault   !layer.1.down <residual>: 9 where 4 holds; run puma calibrate!'],
      [
        '<p class="good"><strong>✓ 3 of 3 labels the same</strong></p>',
        '<p class="bad">Fault: layer.1.down &lt;residual&gt;: 9 where 4 holds; run puma calibrate</p>',
      ],
    ],
    ['no labels', compared({ task: 'embed', agreement: null }), [], []],
    [
      'no labels, and a wrong output',
      off({ task: 'embed', agreement: null, fault: null }),
      ['verdict  !output differs by up to 24.1 (tolerance 0.1)!'],
      ['<p class="bad"><strong>✗ output differs by up to 24.1 (tolerance 0.1)</strong></p>'],
    ],
  ];

  test.each(rows)('%s', (_what, given, terminal, page) => {
    expect(describeVerdict(given, 'SAME', STYLE)).toEqual(terminal.length === 0 ? [] : [terminal.join('\n')]);
    expect(verdictParagraphs(given)).toBe(page.join('\n'));
  });
});

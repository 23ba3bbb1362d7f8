import { expect, test } from 'vitest';
import { call, option, PumaError, type Words, words } from '../../src/errors.ts';
import { linesOf } from '../../src/terminal/words.ts';

const rows: [said: Words, inCode: string, inFlags: string][] = [
  [words`Leave out ${option('padTo')}.`, 'Leave out padTo.', 'Leave out --pad-to.'],
  [words`${option('window', 8)} or less`, 'window 8 or less', '--window 8 or less'],
  [words`Add ${option('reveal', 'logits')}.`, "Add reveal: 'logits'.", 'Add --reveal logits.'],
  [words`with ${option('reveal', 'logits', 'shareWeights')}`, "with reveal: 'logits'", 'with --permit-logits'],
  [words`Give ${option('ids')}.`, 'Give ids.', 'Give --input-ids.'],
  [words`Make it: ${call('calibrate')}.`, 'Make it: calibrate().', 'Make it: puma calibrate.'],
  [
    words`${call('shareWeights', { out: 'FOLDER' })}`,
    "shareWeights({ out: 'FOLDER' })",
    'puma share-weights --out FOLDER',
  ],
  [words`${call('pull', { name: 'gpt2' })}`, "pull({ name: 'gpt2' })", 'puma pull gpt2'],
  [words`${2} of ${'three'}`, '2 of three', '2 of three'],
];

test.each(rows)('%j', (said, inCode, inFlags) => {
  const error = new PumaError('E_TEST', said, said);
  expect({ message: error.message, hint: error.hint }).toEqual({ message: inCode, hint: inCode });
  expect(linesOf(error)).toEqual({ message: inFlags, hint: inFlags });
});

test('a program finds the option and the call that help', () => {
  const { said } = new PumaError('E_TEST', 'wrong', words`Give ${option('padTo', 8)}, or ${call('calibrate')}.`);
  expect((said.remedy as Words).filter((part) => typeof part === 'object')).toEqual([
    { option: 'padTo', value: 8 },
    { call: 'calibrate' },
  ]);
});

test('words without terms stay as they are', () => {
  expect(linesOf(new PumaError('E_TEST', 'wrong'))).toEqual({ message: 'wrong' });
});

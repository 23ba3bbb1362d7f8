import { describe, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { namesIn, type Spelling } from '../../src/models/plan/names.ts';

const SPELLING: Spelling = {
  prefixes: ['bert.', ''],
  renamed: [
    ['Norm.weight', 'Norm.gamma'],
    ['Norm.bias', 'Norm.beta'],
  ],
  hints: [['head', 'about the head']],
};

describe('names in the file', () => {
  test.each([
    ['word', ['bert.word'], 'bert.word'],
    ['word', ['word'], 'word'],
    ['word', ['word', 'bert.word'], 'bert.word'],
    ['word', ['other'], 'the checkpoint has no tensor bert.word or word'],
    ['Norm.weight', ['bert.Norm.gamma'], 'bert.Norm.gamma'],
    ['Norm.weight', ['Norm.gamma'], 'Norm.gamma'],
    ['Norm.weight', ['Norm.gamma', 'Norm.weight'], 'Norm.weight'],
    ['Norm.bias', ['a.Norm.beta', 'Norm.beta'], 'Norm.beta'],
    ['Norm.bias', ['Norm.gamma'], 'no tensor bert.Norm.bias or Norm.bias or bert.Norm.beta or Norm.beta'],
  ])('%s among %j', (name, file, expected) => {
    const find = () => namesIn(new Set(file), SPELLING)(name);
    if (expected.includes(' ')) expect(find).toThrow(expected);
    else expect(find()).toBe(expected);
  });

  test('without a file, the first spelling', () => {
    expect(namesIn(undefined, SPELLING)('Norm.weight')).toBe('bert.Norm.weight');
  });

  test('the hint fits the tensor', () => {
    const at = namesIn(new Set(), { ...SPELLING, prefixes: [''] });
    expect(() => at('head.bias')).toThrow(
      new PumaError('E_WEIGHTS', 'the checkpoint has no tensor head.bias', 'about the head'),
    );
    expect(() => at('word')).toThrow(new PumaError('E_WEIGHTS', 'the checkpoint has no tensor word'));
  });
});

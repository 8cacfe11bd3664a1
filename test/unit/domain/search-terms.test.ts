import { describe, expect, it } from 'vitest';
import { hasTermWith, toSearchPrefix, toSearchTerms } from '../../../server/src/domain/search-terms.ts';

describe('search terms', () => {
  it('are the texts from each of their words on, without case, accents and extra space', () => {
    expect(toSearchTerms(['acc_1', '  Café  Ω (Prod)'])).toEqual([
      'acc_1',
      '1',
      'cafe ω (prod)',
      'ω (prod)',
      'prod)',
    ]);
    expect(toSearchTerms(['hooks.acme.example:8443'])).toEqual([
      'hooks.acme.example:8443',
      'acme.example:8443',
      'example:8443',
      '8443',
    ]);
    expect(toSearchTerms([null, undefined, '', '🎉'])).toEqual([]);
  });

  it('are bounded in number and in length, and end with a whole character', () => {
    const terms = toSearchTerms([`${'x'.repeat(47)}𝒳 ${'word '.repeat(50)}`, `${'y'.repeat(47)}🎉`]);
    expect(terms.length).toBeLessThanOrEqual(20);
    for (const term of terms) {
      expect(term.length).toBeLessThanOrEqual(48);
      expect(term).not.toMatch(/[\uD800-\uDBFF]$/);
    }
  });

  it.each([
    ['Acme Production', 'ACME p'],
    ['Acme Production', 'prod'],
    ['Müller', 'mull'],
    ['Muller', 'Mül'],
    ['متجر الرياض', 'الرياض'],
    ['x'.repeat(100), 'x'.repeat(99)],
    ['(beta) shop', '(be'],
  ])('%s is found by %s', (text, query) => {
    expect(hasTermWith(toSearchTerms([text]), toSearchPrefix(query) ?? '')).toBe(true);
  });

  it('are no query without a letter and a digit', () => {
    expect(toSearchPrefix(' - ')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import {
  matchesWords,
  toSearchTerms,
  toSearchWords,
  toWebhookWords,
} from '../../../server/src/domain/search-words.ts';

describe('the words of a search', () => {
  it('are without case and accents, and begin at each part of a text', () => {
    expect(toSearchWords(['Müller & Söhne', 'Straße'])).toEqual(['muller', '&', 'sohne', 'strasse']);
    expect(toSearchWords(['hooks.Example.com/a-b'])).toEqual([
      'hooks.example.com/a-b',
      'example.com/a-b',
      'com/a-b',
      'a-b',
      'b',
    ]);
    expect(toSearchWords(['東京'])).toEqual(['東京', '京']);
  });

  it('are bounded, whatever the text is', () => {
    const words = toSearchWords(['wh_1', Array.from({ length: 500 }, (_, n) => `${n}x`).join(' ')]);
    expect(words).toHaveLength(64);
    expect(words[0]).toBe('wh_1');
    expect(toSearchWords(['x'.repeat(500)])).toEqual(['x'.repeat(64)]);
  });

  it('of a webhook contain no credential of its URL', () => {
    const url = 'https://hooks.slack.com/services/T0001/B0002/abcdefghijklmnop?token=s3cr3t';
    const words = toWebhookWords({ id: 'wh_0123456789ab', description: 'Alerts', url });
    expect(words).toContain('hooks.slack.com/services');
    expect(words.join(' ')).not.toMatch(/abcdefgh|s3cr3t|t0001/);
    const unknown = toWebhookWords({ id: 'wh_0123456789ab', description: null, url: undefined });
    expect(unknown).toEqual(['wh_0123456789ab', '0123456789ab']);
  });

  it.each([
    ['SHOP', true],
    ['eu shop', true],
    ['hop', false],
    ['shop us', false],
  ])('are found by %j: %s', (text, found) => {
    expect(matchesWords(toSearchWords(['app_1', 'Shop EU']), toSearchTerms(text))).toBe(found);
  });

  it('asked for by a pasted URL are those of its visible part', () => {
    expect(toSearchTerms('https://Example.com/in?key=abcdefgh')).toEqual(['example.com/in?key=']);
    expect(toSearchTerms('https://example.com/')).toEqual(['example.com']);
    expect(toSearchTerms('  ')).toEqual([]);
  });

  it('are divided by control characters, which the store cannot search for', () => {
    expect(toSearchTerms('a\u0000b\u0007')).toEqual(['a', 'b']);
    expect(toSearchWords(['a\u0000b'])).toEqual(['a', 'b']);
    expect(toSearchTerms('\u0000')).toEqual([]);
  });

  it('asked for are separated by any space, at most once each', () => {
    expect(toSearchTerms('  acme \t\n Shop acme ')).toEqual(['acme', 'shop']);
    expect(toSearchTerms('   ')).toEqual([]);
  });

  it('of a webhook without a readable URL are its id and description', () => {
    expect(toWebhookWords({ id: 'wh_1', description: null, url: undefined })).toEqual(['wh_1', '1']);
    expect(toWebhookWords({ id: 'wh_1', description: 'Shop', url: undefined })).toEqual([
      'wh_1',
      '1',
      'shop',
    ]);
  });
});

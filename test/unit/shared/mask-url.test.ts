import { getUrlCredentials, maskUrl } from '@tocsin/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the masked form of a webhook URL', () => {
  it.each([
    [
      'https://discord.com/api/webhooks/1234567890/abcdefg',
      'https://discord.com/api/webhooks/1234567890/••••',
    ],
    [
      'https://discord.com/api/v10/webhooks/1/tok_EN/slack?thread_id=5&wait=true',
      'https://discord.com/api/v10/webhooks/1/••••/slack?thread_id=••••&wait=••••',
    ],
    ['https://proxy.example.com/api/webhooks/1/abcdefg', 'https://proxy.example.com/api/webhooks/1/••••'],
    ['https://hooks.slack.com/services/T0/B0/x', 'https://hooks.slack.com/services/••••/••••/••••'],
    ['https://hooks.slack.com/triggers/T0/1/x', 'https://hooks.slack.com/triggers/••••/••••/••••'],
    ['https://hooks.slack-gov.com/services/T0/B0/x', 'https://hooks.slack-gov.com/services/••••/••••/••••'],
    [
      'https://prod-1.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sig=abc',
      'https://prod-1.westeurope.logic.azure.com/workflows/••••/••••/••••/••••/••••?api-version=••••&sig=••••',
    ],
    [
      'https://outlook.office.com/webhook/a-b@c-d/IncomingWebhook/e/f',
      'https://outlook.office.com/webhook/••••/••••/••••/••••',
    ],
    ['https://hooks.zapier.com/hooks/catch/1/abc/', 'https://hooks.zapier.com/hooks/catch/••••/••••/'],
    [
      'https://n8n.example.com/webhook/3f1c7a52-8f0e-4f57-9d0c-2f2f2f2f2f2f',
      'https://n8n.example.com/webhook/••••',
    ],
    ['https://example.com/hooks/licenses', 'https://example.com/hooks/licenses'],
    ['https://example.com/license-server-events', 'https://example.com/license-server-events'],
    ['https://example.com/h?api_key=k&plain=1', 'https://example.com/h?api_key=••••&plain=••••'],
    ['https://example.com/h?TOKEN', 'https://example.com/h?••••'],
    ['https://example.com/h?TOKEN=', 'https://example.com/h?••••'],
    ['https://user:pass@example.com/h#fragment', 'https://example.com/h'],
    ['not a URL', '••••'],
  ])('of %s is %s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
    expect(maskUrl(masked)).toBe(masked);
  });

  it('contains no random segment of the path and no value of the query', () => {
    const token = fc
      .uint8Array({ minLength: 12, maxLength: 24 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    const path = fc.array(fc.constantFrom('hooks', 'v1', 'api', 'events'), { maxLength: 4 });
    fc.assert(
      fc.property(
        path,
        path,
        token,
        token,
        fc.webQueryParameters(),
        (before, after, inPath, inQuery, query) => {
          // Twelve random bytes have a digit or mixed case, but for one in many millions.
          fc.pre(/\d/.test(inPath) || (/[a-z]/.test(inPath) && /[A-Z]/.test(inPath)));
          const url = `https://example.com/${[...before, inPath, ...after].join('/')}?${query}&key=${inQuery}`;
          const masked = maskUrl(url);
          expect(masked).not.toContain(inPath);
          expect(masked).not.toContain(inQuery);
          expect(getUrlCredentials(url)).toEqual(expect.arrayContaining([inPath, inQuery]));
        },
      ),
    );
  });
});

it('the credentials of a URL are its tokens as written and decoded, without short ordinary values', () => {
  const url = 'https://example.com/hooks/Zx81_kk-9QpLmN0a?sig=abc%2Fdefgh&version=2&wait=true&key=short';
  expect(getUrlCredentials(url)).toEqual(['Zx81_kk-9QpLmN0a', 'abc%2Fdefgh', 'abc/defgh']);
  expect(getUrlCredentials('https://example.com/hooks')).toEqual([]);
  expect(getUrlCredentials('not a URL')).toEqual([]);
});

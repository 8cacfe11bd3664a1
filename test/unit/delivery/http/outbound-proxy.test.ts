import { describe, expect, it } from 'vitest';
import { parseOutboundProxy } from '../../../../server/src/delivery/http/outbound-proxy.ts';

describe('the URL of a proxy', () => {
  it.each([
    ['http://proxy.test', { protocol: 'http:', host: 'proxy.test', port: 80 }],
    ['http://proxy.test/', { protocol: 'http:', host: 'proxy.test', port: 80 }],
    ['https://proxy.test', { protocol: 'https:', host: 'proxy.test', port: 443 }],
    ['https://proxy.test:3128', { protocol: 'https:', host: 'proxy.test', port: 3128 }],
    ['http://10.0.0.1:3128', { protocol: 'http:', host: '10.0.0.1', port: 3128 }],
    ['http://[fd00::1]:3128', { protocol: 'http:', host: 'fd00::1', port: 3128 }],
  ])('%s names its host and port', (text, proxy) => {
    expect(parseOutboundProxy(text)).toEqual({ ...proxy, authorization: undefined });
  });

  it.each([
    ['http://me:secret@proxy.test', 'me:secret'],
    ['http://me@proxy.test', 'me:'],
    ['http://:secret@proxy.test', ':secret'],
    ['http://m%40e:s%C3%A9%3A@proxy.test', 'm@e:sé:'],
  ])('%s has credentials', (text, credentials) => {
    const { authorization } = parseOutboundProxy(text);
    expect(authorization?.slice(0, 6)).toBe('Basic ');
    expect(Buffer.from(authorization?.slice(6) ?? '', 'base64').toString()).toBe(credentials);
  });

  it.each([
    ['', 'must be a URL such as http://proxy.example.com:3128'],
    ['proxy', 'must be a URL such as http://proxy.example.com:3128'],
    ['socks5://proxy.test', 'must have the scheme http or https'],
    ['proxy.test:3128', 'must have the scheme http or https'],
    ['http://proxy.test/path', 'must have no path, query or fragment'],
    ['http://proxy.test/?x', 'must have no path, query or fragment'],
    ['http://proxy.test/#x', 'must have no path, query or fragment'],
    ['http://a%zz@proxy.test', 'has a user name or password with a wrong percent-encoding'],
    ['http://a:%ff@proxy.test', 'has a user name or password with a wrong percent-encoding'],
  ])('%s is rejected without being repeated', (text, message) => {
    expect(() => parseOutboundProxy(text)).toThrow(new Error(message));
  });
});

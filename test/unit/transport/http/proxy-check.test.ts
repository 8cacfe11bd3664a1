import { describe, expect, it } from 'vitest';
import { createProxyCheck } from '../../../../server/src/transport/http/proxy-check.ts';

describe('a trusted proxy', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '::ffff:127.0.0.1', true],
    ['loopback', '127.9.9.9', true],
    ['loopback', '::1', true],
    ['Loopback , 10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['linklocal', 'fe80::1%eth0', true],
    ['uniquelocal', 'fd00::1', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::1', '2001:db8::2', false],
    [undefined, '127.0.0.1', false],
  ])('%j has %s: %j', (trustProxy, address, isTrusted) => {
    expect(createProxyCheck(trustProxy)(address)).toBe(isTrusted);
  });
});

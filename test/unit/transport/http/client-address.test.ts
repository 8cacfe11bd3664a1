import { describe, expect, it } from 'vitest';
import { createProxyCheck, toAddressGroup } from '../../../../server/src/transport/http/client-address.ts';

describe('the group that a connection counts against', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8:1:3::9', '2001:db8:1:3'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['not an address', 'not an address'],
  ])('of %s is %s', (address, group) => expect(toAddressGroup(address)).toBe(group));
});

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

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAddress } from '../../../../server/src/delivery/ssrf/public-address.ts';

function isPublic(ip: string): boolean {
  return checkAddress(ip, 'public-only').ok;
}

const byte = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffff });

/** Internal addresses, generated per range so that every range is covered. */
const internal = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127), byte, byte, byte),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), byte, byte),
  fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(fc.constant(198), fc.constantFrom(18, 19), byte, byte),
  fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte),
);

describe('an address', () => {
  test('of an internal range is rejected, also inside every form of IPv6', () => {
    fc.assert(
      fc.property(internal, (bytes) => {
        const v4 = bytes.join('.');
        const [a, b, c, d] = bytes;
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const forms = [
          v4,
          `::ffff:${v4}`,
          `::ffff:${hex}`,
          `::${v4}`,
          `::ffff:0:${v4}`,
          `64:ff9b::${v4}`,
          `64:ff9b:1::${v4}`,
          `2002:${hex}::`,
          `2001:0:${hex}::`,
          `fe80::5efe:${v4}`,
        ];
        expect(forms.filter(isPublic)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  test('of IPv6 outside 2000::/3 is rejected', () => {
    const outside = fc.integer({ min: 0, max: 0xffff }).filter((first) => first < 0x2000 || first > 0x3fff);
    fc.assert(
      fc.property(outside, fc.array(word, { minLength: 7, maxLength: 7 }), (first, rest) => {
        const ip = [first, ...rest].map((part) => part.toString(16)).join(':');
        expect(isPublic(ip)).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '203.0.112.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
    '::ffff:1.1.1.1',
  ])('%s is public', (ip) => expect(checkAddress(ip, 'public-only')).toEqual({ ok: true }));

  test.each(['', 'localhost', '127.1', '0x7f.1', '010.8.8.8', '8.8.8.8/8', '[::1]', '1.2.3', ' 8.8.8.8'])(
    '%j is not an address',
    (ip) => expect(checkAddress(ip, 'public-only')).toEqual({ ok: false, why: 'not an IP address' }),
  );

  test('with a zone is checked without the zone', () => {
    expect(isPublic('fe80::1%eth0')).toBe(false);
    expect(checkAddress('fd00:ec2::254%eth0', 'private-allowed').ok).toBe(false);
  });

  test('is never repeated in the reason for its rejection', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        const check = checkAddress(ip, 'public-only');
        if (!check.ok) expect(check.why).not.toContain(ip);
      }),
    );
  });
});

describe('with private addresses allowed', () => {
  test.each(['127.0.0.1', '10.0.0.1', '192.168.1.1', '::1', 'fd00::1', '8.8.8.8'])('%s may be called', (ip) =>
    expect(checkAddress(ip, 'private-allowed')).toEqual({ ok: true }),
  );

  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    '168.63.129.16',
  ])('the metadata service at %s is still rejected', (ip) =>
    expect(checkAddress(ip, 'private-allowed')).toEqual({ ok: false, why: 'a cloud metadata address' }),
  );
});

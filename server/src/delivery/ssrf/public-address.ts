import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The result of an address check. `why` names the kind of address and never contains the address itself. */
export type AddressCheck = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** `private-allowed` is for installations with internal receivers, and for development. */
export type AddressStrictness = 'public-only' | 'private-allowed';

const allowed: AddressCheck = { ok: true };

/** The ranges of ipaddr.js and their names in error messages. Ranges that are not listed are rejected too. */
const rangeNames: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  carrierGradeNat: 'a carrier-grade NAT address',
  private: 'a private address',
  uniqueLocal: 'a unique local address',
  deprecatedSiteLocal: 'a site-local address',
  '6to4': 'a 6to4 address',
  teredo: 'a Teredo address',
  rfc6052: 'a local NAT64 address',
  reserved: 'a reserved address',
};

/**
 * Cloud metadata services, which hand out credentials. They are listed because some are in public ranges, and
 * because they stay rejected where private addresses are allowed.
 */
const metadataAddresses: ReadonlySet<string> = new Set([
  '169.254.169.254', // AWS, Azure, Google, DigitalOcean, Oracle
  '169.254.170.2', // AWS ECS task credentials
  '169.254.170.23', // AWS EKS pod credentials
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure's host agent; a public address by its range
  'fd00:ec2::254', // AWS over IPv6
  'fd00:ec2::23', // AWS EKS pod credentials over IPv6
  'fd20:ce::254', // Google over IPv6
]);

/** The only block that global unicast IPv6 is assigned from. Every address outside has a special purpose. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** RFC 6052: a gateway connects to the IPv4 address in the last 32 bits. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * `::8.8.8.8`, the notation in which a resolver returns `::808:808`. ipaddr.js reads it as `::ffff:8.8.8.8`.
 */
const ipv4Compatible = /^::\d+\.\d+\.\d+\.\d+(?:%|$)/;

/**
 * The SSRF guard (server-side request forgery): checks whether an address may be called. A publicly routable
 * address gives a customer no access to anything that the customer could not reach directly. An IPv4 address
 * inside an IPv6 address is checked as IPv4 if a connection would end there.
 */
export function checkAddress(ip: string, strictness: AddressStrictness): AddressCheck {
  // ipaddr.js also accepts "127.1" and octal numbers, which neither a resolver nor a parsed URL contains.
  if (isIP(ip) === 0) return { ok: false, why: 'not an IP address' };
  const parsed = ipaddr.parse(ip);
  const address = parsed instanceof ipaddr.IPv6 ? (getEmbeddedIpv4(parsed) ?? parsed) : parsed;
  if (metadataAddresses.has(withoutZone(address))) return { ok: false, why: 'a cloud metadata address' };
  if (strictness === 'private-allowed') return allowed;

  const range = address.range();
  if (range !== 'unicast') return { ok: false, why: rangeNames[range] ?? 'a reserved address' };
  if (ipv4Compatible.test(ip) || (address instanceof ipaddr.IPv6 && !address.match(globalUnicast))) {
    return { ok: false, why: 'outside the global IPv6 unicast block' };
  }
  return allowed;
}

/** The IPv4 address that a connection to an IPv4-mapped (`::ffff:0:0/96`) or NAT64 address ends at. */
function getEmbeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(nat64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return undefined;
}

function withoutZone(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address.toString().replace(/%.*$/, '');
}

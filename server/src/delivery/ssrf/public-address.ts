import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type AddressCheck = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** How much is refused: `private-allowed` is for sites whose receivers are internal, and for a developer's machine. */
export type AddressStrictness = 'public-only' | 'private-allowed';

const isOk: AddressCheck = { ok: true };

/** What ipaddr.js calls a range, and what we call it to a person. Every range that is not listed is refused too. */
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
 * Where clouds answer with credentials. Link-local ones are refused as such; these are listed because some lie in
 * public ranges, and because they stay refused where private addresses are allowed.
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

/** The only block from which global unicast IPv6 is given out; whatever lies outside it is somebody's special case. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** RFC 6052: the last 32 bits are an IPv4 address that a gateway connects to. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** `::8.8.8.8`, the notation in which a resolver returns `::808:808`. ipaddr.js reads it as `::ffff:8.8.8.8`. */
const ipv4Compatible = /^::\d+\.\d+\.\d+\.\d+(?:%|$)/;

/**
 * Whether an address is reachable for everybody, so that calling it gives a customer nothing he could not reach
 * himself. IPv4 inside IPv6 is judged by the IPv4 address where something on the way would connect to it. `why` names
 * the kind and never the address.
 */
export function isPublicAddress(ip: string): AddressCheck {
  return checkAddress(ip, 'public-only');
}

export function checkAddress(ip: string, strictness: AddressStrictness): AddressCheck {
  // ipaddr.js also reads "127.1" and octal; a resolver or a parsed URL never answers those, so nothing is lost.
  if (isIP(ip) === 0) return { ok: false, why: 'not an IP address' };
  const parsed = ipaddr.parse(ip);
  const address = parsed instanceof ipaddr.IPv6 ? (embeddedV4(parsed) ?? parsed) : parsed;
  if (metadataAddresses.has(withoutZone(address))) return { ok: false, why: 'a cloud metadata address' };
  if (strictness === 'private-allowed') return isOk;

  const range = address.range();
  if (range !== 'unicast') return { ok: false, why: rangeNames[range] ?? 'a reserved address' };
  if (ipv4Compatible.test(ip) || (address instanceof ipaddr.IPv6 && !address.match(globalUnicast))) {
    return { ok: false, why: 'outside the global IPv6 unicast block' };
  }
  return isOk;
}

/** The IPv4 address that a connection to a mapped (`::ffff:0:0/96`) or NAT64 address ends at. */
function embeddedV4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(nat64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return undefined;
}

function withoutZone(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address.toString().replace(/%.*$/, '');
}

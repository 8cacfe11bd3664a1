import ipaddr from 'ipaddr.js';
import { getEmbeddedIpv4s, parseAddress, withoutMapping, type Address } from './ip-address.ts';

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
  '192.0.0.192', // Oracle
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
 * The SSRF guard (server-side request forgery): checks whether an address may be called. A publicly routable
 * address gives a customer no access to anything that the customer could not reach directly. An IPv4 address
 * inside an IPv6 address is checked as IPv4 if a connection would end there.
 */
export function checkAddress(ip: string, strictness: AddressStrictness): AddressCheck {
  const parsed = parseAddress(ip);
  if (parsed === undefined) return { ok: false, why: 'not an IP address' };
  const refusal = getRefusal(parsed);
  if (refusal !== undefined) return { ok: false, why: refusal };
  if (strictness === 'private-allowed') return allowed;

  const address = getTarget(parsed);
  const range = address.range();
  if (range !== 'unicast') return { ok: false, why: rangeNames[range] ?? 'a reserved address' };
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) {
    return { ok: false, why: 'outside the global IPv6 unicast block' };
  }
  return allowed;
}

/**
 * Whether an address is blocked in every mode, also if it is listed in `ALLOWED_TARGETS`: metadata services
 * and link-local addresses, in every notation and inside every IPv6 address that a gateway would unwrap.
 */
export function isAlwaysRefused(address: Address): boolean {
  return getRefusal(address) !== undefined;
}

function getRefusal(address: Address): string | undefined {
  const all = [address, ...getEmbeddedIpv4s(address)];
  if (all.some((one) => metadataAddresses.has(withoutZone(one)))) return 'a cloud metadata address';
  return all.some((one) => one.range() === 'linkLocal') ? 'a link-local address' : undefined;
}

/** The address that a connection ends at: for an IPv4-mapped or a NAT64 address, the IPv4 address. */
function getTarget(address: Address): Address {
  if (address instanceof ipaddr.IPv6 && address.match(nat64)) {
    return new ipaddr.IPv4(address.toByteArray().slice(12));
  }
  return withoutMapping(address);
}

function withoutZone(address: Address): string {
  return address.toString().replace(/%.*$/, '');
}

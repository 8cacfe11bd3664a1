import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** `::10.1.2.3`, the notation in which a resolver returns `::a01:203`. */
const ipv4Compatible = /^::(\d+)\.(\d+)\.(\d+)\.(\d+)(%.*)?$/;

/**
 * Parses an address. Returns undefined for other text, also for `127.1` and octal numbers, which ipaddr.js
 * accepts but neither a resolver nor a parsed URL contains.
 */
export function parseAddress(ip: string): Address | undefined {
  if (isIP(ip) === 0) return undefined;
  const compatible = ipv4Compatible.exec(ip);
  if (compatible === null) return ipaddr.parse(ip);
  // ipaddr.js reads this as `::ffff:10.1.2.3`, which is another address.
  const [a = 0, b = 0, c = 0, d = 0] = compatible.slice(1, 5).map(Number);
  return new ipaddr.IPv6([0, 0, 0, 0, 0, 0, (a << 8) | b, (c << 8) | d]);
}

/** Converts an IPv4-mapped address (`::ffff:0:0/96`) to IPv4, where a connection to it ends. */
export function withoutMapping(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** The blocks whose addresses contain an IPv4 address, and the byte at which it starts. */
const embeddings: readonly (readonly [block: [ipaddr.IPv6, number], offset: number])[] = [
  // IPv4-mapped, IPv4-compatible and IPv4-translated (RFC 2765).
  [ipaddr.IPv6.parseCIDR('::ffff:0:0/96'), 12],
  [ipaddr.IPv6.parseCIDR('::/96'), 12],
  [ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96'), 12],
  // NAT64, well-known and local (RFC 6052, RFC 8215). A local one may also have a shorter prefix.
  [ipaddr.IPv6.parseCIDR('64:ff9b::/96'), 12],
  [ipaddr.IPv6.parseCIDR('64:ff9b:1::/48'), 12],
  // 6to4 (RFC 3056).
  [ipaddr.IPv6.parseCIDR('2002::/16'), 2],
];

/** The second half of the interface id of ISATAP (RFC 5214), before an IPv4 address. */
const isatap = 0x5efe;

/** Returns the IPv4 addresses that routers and gateways could read out of an IPv6 address. */
export function getEmbeddedIpv4s(address: Address): readonly ipaddr.IPv4[] {
  if (address instanceof ipaddr.IPv4) return [];
  const bytes = address.toByteArray();
  const at = (offset: number) => new ipaddr.IPv4(bytes.slice(offset, offset + 4));
  const found = embeddings.filter(([block]) => address.match(block)).map(([, offset]) => at(offset));
  if (address.parts[5] === isatap) found.push(at(12));
  return found;
}

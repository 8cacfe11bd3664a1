import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that name a network. Its customer chooses the others freely. */
const networkBits = 64;

/** The unit that limits per client count: an IPv4 address, or the /64 network of an IPv6 address. */
export function toClientNetwork(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return 'unknown';
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${networkBits}`).toString()}/${networkBits}`;
}

/** Drops the zone, and converts an IPv4-mapped address to IPv4. Undefined if the text is no address. */
export function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const plain = address.replace(/%.*$/, '');
  return isIP(plain) === 0 ? undefined : ipaddr.process(plain);
}

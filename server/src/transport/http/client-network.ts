import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that name a network. Its customer chooses the others freely. */
const networkBits = 64;

/** The unit that limits per client count: an IPv4 address, or the /64 network of an IPv6 address. */
export function toClientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${networkBits}`).toString()}/${networkBits}`;
}

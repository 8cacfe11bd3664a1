import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The names that `TRUST_PROXY` accepts, as fastify expands them. */
const namedRanges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * Returns the unit that connections are counted by: an IPv4 address, or the /64 network of an IPv6 address,
 * because one IPv6 client usually has a whole /64. IPv4-mapped addresses count as IPv4.
 */
export function toAddressGroup(address: string): string {
  const parsed = toAddress(address);
  if (parsed === undefined) return address;
  return parsed instanceof ipaddr.IPv4
    ? parsed.toString()
    : parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':');
}

/**
 * Returns a function that tells whether an address belongs to a trusted proxy.
 *
 * @param trustProxy the value of TRUST_PROXY
 */
export function createProxyCheck(trustProxy: string | undefined): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of (trustProxy ?? '').split(',').map((part) => part.trim().toLowerCase())) {
    for (const range of namedRanges[entry] ?? (entry === '' ? [] : [entry])) addRange(list, range);
  }
  return (address) => {
    const parsed = toAddress(address);
    return parsed !== undefined && list.check(parsed.toString(), parsed.kind());
  };
}

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/');
  const kind = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, kind);
  else list.addSubnet(address, Number(bits), kind);
}

/** Drops the zone, and converts an IPv4-mapped address to IPv4. */
function toAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const plain = address.replace(/%.*$/, '');
  return isIP(plain) === 0 ? undefined : ipaddr.process(plain);
}

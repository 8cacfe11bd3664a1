import { BlockList, isIP } from 'node:net';
import { parseAddress } from './client-network.ts';

/** The names that `TRUST_PROXY` accepts, as fastify expands them. */
const namedRanges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

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
    const parsed = parseAddress(address);
    return parsed !== undefined && list.check(parsed.toString(), parsed.kind());
  };
}

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/');
  const kind = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, kind);
  else list.addSubnet(address, Number(bits), kind);
}

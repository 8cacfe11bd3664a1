import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Targets that a site exempts from the address rules. A host is exempt with whatever it resolves to and on every port;
 * an address block exempts the addresses in it.
 */
export interface AllowedTargets {
  hasHost(host: string): boolean;
  hasAddress(ip: string): boolean;
}

export const noAllowedTargets: AllowedTargets = { hasHost: () => false, hasAddress: () => false };

/**
 * Reads `ALLOWED_TARGETS`: a list by commas or white space of CIDR blocks, single addresses, host names, and
 * `*.domain` for all names below a domain. Throws an Error with one line per entry that is none of these.
 */
export function parseAllowedTargets(text: string): AllowedTargets {
  const hosts = new Set<string>();
  const domains: string[] = [];
  const blocks: [Address, number][] = [];
  const bad: string[] = [];
  for (const entry of text.split(/[\s,]+/)) {
    if (entry === '') continue;
    const block = readBlock(entry);
    const host = block === undefined ? readHost(entry) : undefined;
    if (block !== undefined) blocks.push(block);
    else if (host === undefined) bad.push(`"${entry}" is not a CIDR block, an address or a host name`);
    else if (host.startsWith('*.')) domains.push(host.slice(1));
    else hosts.add(host);
  }
  if (bad.length > 0) throw new Error(bad.join('\n'));

  return {
    hasHost: (host) => hosts.has(host) || domains.some((domain) => host.endsWith(domain)),
    hasAddress: (ip) => {
      if (blocks.length === 0 || isIP(ip) === 0) return false;
      // An IPv4 block also means the same addresses written as mapped IPv6.
      const address = ipaddr.process(ip);
      return blocks.some(([base, bits]) => address.kind() === base.kind() && address.match(base, bits));
    },
  };
}

function readBlock(entry: string): [Address, number] | undefined {
  const [address, bits, ...rest] = entry.split('/');
  if (address === undefined || isIP(address) === 0 || rest.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  const widest = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [parsed, widest];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= widest ? [parsed, Number(bits)] : undefined;
}

/** By the URL parser, so that an entry compares equal to the host of a parsed target. */
function readHost(entry: string): string | undefined {
  const wildcard = entry.startsWith('*.') ? '*.' : '';
  const name = entry.slice(wildcard.length);
  if (/[/:@?#\\[\]%*]/.test(name) || !URL.canParse(`https://${name}/`)) return undefined;
  const { hostname } = new URL(`https://${name}/`);
  // "10.0" would be read as the address 10.0.0.0: surely a slip.
  if (isIP(hostname) !== 0) return undefined;
  return wildcard + hostname.replace(/\.$/, '');
}

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isMetadataName, parseHostName } from './host-name.ts';
import { parseAddress, withoutMapping, type Address } from './ip-address.ts';
import { isAlwaysRefused } from './public-address.ts';

/**
 * Targets that an installation exempts from the SSRF guard. A host is exempt on every port, whatever it
 * resolves to. An address block exempts its addresses.
 */
export interface AllowedTargets {
  hasHost(host: string): boolean;
  hasAddress(ip: string): boolean;
}

export const noAllowedTargets: AllowedTargets = { hasHost: () => false, hasAddress: () => false };

/**
 * Parses `ALLOWED_TARGETS`, a list separated by commas or white space. An entry is a CIDR block, an address,
 * a host name, or `*.domain` for all names below a domain.
 *
 * @throws Error with one line per invalid entry
 */
export function parseAllowedTargets(text: string): AllowedTargets {
  const hosts = new Set<string>();
  const domains: string[] = [];
  const blocks: [Address, number][] = [];
  const errors: string[] = [];
  for (const entry of text.split(/[\s,]+/)) {
    if (entry === '') continue;
    const block = parseBlock(entry);
    const host = block === undefined ? parseHost(entry) : undefined;
    if (block !== undefined && isRefusedBlock(block)) errors.push(`"${entry}" ${neverAllowed}`);
    else if (host !== undefined && isMetadataName(host)) errors.push(`"${entry}" ${neverAllowed}`);
    else if (block !== undefined) blocks.push(block);
    else if (host === undefined) errors.push(`"${entry}" is not a CIDR block, an address or a host name`);
    else if (host.startsWith('*.')) domains.push(host.slice(1));
    else hosts.add(host);
  }
  if (errors.length > 0) throw new Error(errors.join('\n'));

  return {
    hasHost: (host) => hosts.has(host) || domains.some((domain) => host.endsWith(domain)),
    hasAddress: (ip) => {
      const parsed = blocks.length === 0 ? undefined : parseAddress(ip);
      if (parsed === undefined) return false;
      // An IPv4 block also covers the same addresses as IPv4-mapped IPv6.
      const address = withoutMapping(parsed);
      return blocks.some(([base, bits]) => address.kind() === base.kind() && address.match(base, bits));
    },
  };
}

function parseBlock(entry: string): [Address, number] | undefined {
  const [address, bits, ...rest] = entry.split('/');
  if (address === undefined || isIP(address) === 0 || rest.length > 0) return undefined;
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const widest = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [parsed, widest];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= widest ? [parsed, Number(bits)] : undefined;
}

/** Uses the URL parser, so that an entry equals the host of a parsed target. */
function parseHost(entry: string): string | undefined {
  const wildcard = entry.startsWith('*.') ? '*.' : '';
  const name = parseHostName(entry.slice(wildcard.length));
  // The parser reads "10.0" as the address 10.0.0.0, which is hardly intended.
  return name === undefined || isIP(name) !== 0 ? undefined : wildcard + name;
}

const neverAllowed = 'is a link-local or metadata target, which stays blocked';

/**
 * Whether a block has only addresses that are always refused. A larger block around them is accepted, and they
 * stay blocked inside it.
 */
function isRefusedBlock([base, bits]: [Address, number]): boolean {
  const isWhole = bits === (base.kind() === 'ipv4' ? 32 : 128);
  return isWhole
    ? isAlwaysRefused(base)
    : linkLocal.some(([block, width]) => isWithin(base, bits, block, width));
}

const linkLocal: readonly [Address, number][] = [
  [ipaddr.IPv4.parse('169.254.0.0'), 16],
  [ipaddr.IPv6.parse('fe80::'), 10],
];

function isWithin(base: Address, bits: number, block: Address, width: number): boolean {
  return base.kind() === block.kind() && bits >= width && base.match(block, width);
}

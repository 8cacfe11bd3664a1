import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ResolvedAddress } from './resolver.ts';

export interface LocalNamesOptions {
  /** @default /etc/hosts */
  readonly hostsPath?: string;
  /** @default /etc/resolv.conf */
  readonly resolvConfPath?: string;
}

/** Both loopback addresses. IPv4 first, because most receivers on this machine listen there. */
const loopback: readonly ResolvedAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Names that mean something on this machine only: `localhost`, the hosts file, and names that the search list
 * of resolv.conf completes. c-ares answers queries without them. Reads the files again for each lookup, so
 * that a change applies immediately.
 */
export class LocalNames {
  readonly #hostsPath: string;
  readonly #resolvConfPath: string;

  constructor(options: LocalNamesOptions = {}) {
    this.#hostsPath = options.hostsPath ?? '/etc/hosts';
    this.#resolvConfPath = options.resolvConfPath ?? '/etc/resolv.conf';
  }

  /** Returns the addresses of `localhost` (RFC 6761) and of names in the hosts file. Empty for others. */
  async find(name: string): Promise<readonly ResolvedAddress[]> {
    if (name === 'localhost' || name.endsWith('.localhost')) return loopback;
    return findInHosts(await readText(this.#hostsPath), name);
  }

  /** Returns the names to ask name servers for, in the order in which the C library asks. */
  async getCandidates(name: string): Promise<readonly string[]> {
    const { search, ndots } = parseResolvConf(await readText(this.#resolvConfPath));
    const completed = search.map((domain) => `${name}.${domain}`);
    const hasEnoughDots = name.split('.').length - 1 >= ndots;
    return hasEnoughDots ? [name, ...completed] : [...completed, name];
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // Not every system has these files.
    return '';
  }
}

function findInHosts(text: string, name: string): readonly ResolvedAddress[] {
  const found: ResolvedAddress[] = [];
  for (const line of text.split('\n')) {
    const [address = '', ...names] = toWords(line.toLowerCase().replace(/#.*/, ''));
    const family = isIP(address);
    if (family !== 0 && names.includes(name)) found.push({ address, family });
  }
  return found;
}

function parseResolvConf(text: string): { readonly search: readonly string[]; readonly ndots: number } {
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = toWords(line.replace(/[#;].*/, ''));
    // The last of both lines applies.
    if (keyword === 'search') search = values.map(withoutDots);
    if (keyword === 'domain') search = values.slice(0, 1).map(withoutDots);
    if (keyword === 'options') {
      const [, dots] = /(?:^| )ndots:(\d+)/.exec(values.join(' ')) ?? [];
      if (dots !== undefined) ndots = Number(dots);
    }
  }
  return { search: search.filter((domain) => domain !== ''), ndots };
}

/** A search list may contain the root, and domains with the dot of the root. */
function withoutDots(domain: string): string {
  return domain.replace(/\.$/, '');
}

function toWords(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

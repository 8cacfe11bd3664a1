import { isIP, isIPv4, isIPv6 } from 'node:net';
import { isWellFormed, parseHostName } from './host-name.ts';
import { parseAddress, withoutMapping } from './ip-address.ts';

/** A host of this installation, from `PUBLIC_HOSTS`. */
export interface OwnHost {
  /** The form of a parsed URL: lower case, punycode, no trailing dot, no brackets. */
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
  /** Whether it stands for all names below `host` instead of `host`. */
  readonly isWildcard: boolean;
}

/** Completes `"<entry>" ...`. */
type Problem = string;

/**
 * Parses `PUBLIC_HOSTS`, a list separated by commas. An entry is a host name, an address or `*.domain`, with
 * an optional port. A URL is accepted too, as long as it only names a host.
 */
export function parseOwnHosts(text: string): {
  readonly hosts: readonly OwnHost[];
  /** One line per invalid entry. */
  readonly errors: readonly string[];
} {
  const hosts: OwnHost[] = [];
  const errors: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const parsed = parseOwnHost(entry);
    if (typeof parsed === 'string') errors.push(`"${entry}" ${parsed}`);
    else hosts.push(parsed);
  }
  return { hosts, errors };
}

function parseOwnHost(entry: string): OwnHost | Problem {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(entry);
  if (scheme !== null && !/^https?$/i.test(scheme[1] ?? '')) return 'must begin with https:// or a host name';
  const rest = entry.slice(scheme?.[0].length ?? 0).replace(/\/$/, '');
  if (/[/?#\\]/.test(rest)) return 'has a path; write only the host';
  if (rest.includes('@')) return 'has a user name; write only the host';
  if (/\s/.test(rest)) return 'contains white space; separate hosts with commas';
  const { host, port } = splitPort(rest);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    return 'has an invalid port; use 1 to 65535';
  }
  const isWildcard = host.startsWith('*.');
  const name = toHost(isWildcard ? host.slice(2) : host, isWildcard);
  if (typeof name !== 'object') return name;
  return { host: name.host, port: port === undefined ? undefined : Number(port), isWildcard };
}

/** Splits `host:port`. An IPv6 address needs brackets in front of a port, because it has colons itself. */
function splitPort(text: string): { readonly host: string; readonly port: string | undefined } {
  if (isIPv6(text)) return { host: text, port: undefined };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, address = '', port] = bracketed;
    // Brackets around anything else would be dropped here, so it is refused with them.
    return { host: isIPv6(address) ? address : text, port };
  }
  const colon = text.indexOf(':');
  return colon === -1
    ? { host: text, port: undefined }
    : { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function toHost(text: string, isWildcard: boolean): { readonly host: string } | Problem {
  const invalid = 'is not a host name or an address, with an optional port';
  if (isIPv6(text)) return text.includes('%') || isWildcard ? invalid : { host: toComparableHost(text) };
  const host = parseHostName(text);
  if (host === undefined) return invalid;
  if (!isIPv4(host)) return isWellFormed(host) ? { host } : invalid;
  if (isWildcard) return invalid;
  return host === text ? { host } : `means the address ${host}; write it like that`;
}

/** Whether a host and port belong to this installation. `host` is that of a parsed URL, or an address. */
export function isOwnHost(host: string, port: number, ownHosts: readonly OwnHost[]): boolean {
  if (ownHosts.length === 0) return false;
  const comparable = toComparableHost(host);
  return ownHosts.some(
    (own) =>
      (own.port === undefined || own.port === port) &&
      (own.isWildcard ? comparable.endsWith(`.${own.host}`) : comparable === own.host),
  );
}

/** Returns the first entry that is a single host, in the form of a URL: `host` or `host:port`. */
export function findPublicHost(ownHosts: readonly OwnHost[]): string | undefined {
  const own = ownHosts.find(({ isWildcard }) => !isWildcard);
  if (own === undefined) return undefined;
  const host = isIPv6(own.host) ? `[${own.host}]` : own.host;
  return own.port === undefined ? host : `${host}:${own.port}`;
}

/** An address has several notations, and an IPv4 address also one as IPv4-mapped IPv6. */
function toComparableHost(host: string): string {
  if (isIP(host) === 0) return host;
  const address = parseAddress(host);
  return address === undefined ? host : withoutMapping(address).toString();
}

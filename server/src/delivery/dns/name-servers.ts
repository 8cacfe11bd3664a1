import { isIP } from 'node:net';

/**
 * Parses `DNS_SERVERS`, a list separated by commas. An entry is an address with an optional port. An IPv6
 * address needs brackets in front of a port.
 */
export function parseNameServers(text: string): {
  /** In the form of `Resolver.setServers`. Empty: the name servers of the system. */
  readonly servers: readonly string[];
  /** One line per invalid entry. */
  readonly errors: readonly string[];
} {
  const servers: string[] = [];
  const errors: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    if (isNameServer(entry)) servers.push(entry);
    else errors.push(`"${entry}" is not an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:5353`);
  }
  return { servers, errors };
}

function isNameServer(entry: string): boolean {
  if (isIP(entry) !== 0) return true;
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(entry) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) return false;
  return isIP(bracketed ?? '') === 6 || isIP(plain ?? '') === 4;
}

import { promises as dns } from 'node:dns';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a host name to all its addresses, in the order to try them. Rejects if there are none. */
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The system's resolver, hosts file included. A connection by name would use the same one. */
export const systemResolver: Resolver = (host) => dns.lookup(host, { all: true, verbatim: true });

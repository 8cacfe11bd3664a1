import { promises as dns } from 'node:dns';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order to try them; rejects when there are none. */
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The system's resolver, hosts file included: what a connection by name would have used. */
export const systemResolver: Resolver = (host) => dns.lookup(host, { all: true, verbatim: true });

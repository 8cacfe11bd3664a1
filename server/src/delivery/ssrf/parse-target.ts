import { isIP } from 'node:net';
import { noAllowedTargets, type AllowedTargets } from './allowed-targets.ts';
import { isMetadataName, isWellFormed, hostNameRejectionReason } from './host-name.ts';
import { checkAddress, type AddressCheck } from './public-address.ts';

/** Which targets a site permits. */
export interface TargetRules {
  /** Also http, every port, loopback and private addresses. Metadata services stay refused. @default false */
  readonly allowPrivateTargets?: boolean;
  /** Exempt from the rules on names, addresses and, for hosts, ports. @default none */
  readonly allowedTargets?: AllowedTargets;
  /** Our own public hosts, `host` or `host:port`: an event sent to ourselves could go round for ever. @default none */
  readonly ownHosts?: readonly string[];
  /** @default [443, 8443] */
  readonly ports?: readonly number[];
}

export interface Target {
  /** The normal form: punycode, no fragment, no default port, no dot at the end of the host. */
  readonly url: string;
  readonly origin: string;
  readonly protocol: 'https:' | 'http:';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

/** The rule that a refused target breaks; safe to log, unlike the target. */
type TargetRule = 'characters' | 'userinfo' | 'syntax' | 'scheme' | 'own_host' | 'address' | 'host' | 'port';

export type ParsedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly rule: TargetRule; readonly why: string };

const defaultPorts: readonly number[] = [443, 8443];

/** C0, DEL and C1 controls, backslash, and every kind of white space. The URL parser would quietly repair these. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const suspicious = /[\u0000-\u0020\u007f-\u009f\\]|\s/u;

/** An `@` before the path, also with nothing in front of it, which the parser would drop. */
const hasUserinfo = /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i;

/**
 * Judges a URL by everything that can be known without asking the network. Only what the parser made of the input is
 * judged: `127.1`, `0x7f000001` and full-width digits all are 127.0.0.1 by then. `why` is a clause that names the wrong
 * part and what is right, never userinfo or the query.
 */
export function parseTarget(input: string, rules: TargetRules): ParsedTarget {
  if (suspicious.test(input)) {
    return refused(
      'characters',
      'contains a control character, white space or a backslash; percent-encode it',
    );
  }
  if (hasUserinfo.test(input)) {
    return refused(
      'userinfo',
      'contains a user name or password; send credentials as a custom header instead',
    );
  }
  if (!URL.canParse(input))
    return refused('syntax', 'is not a valid absolute URL such as https://example.com/hooks');
  const url = new URL(input);
  const { protocol } = url;
  if (protocol !== 'https:' && (protocol !== 'http:' || rules.allowPrivateTargets !== true)) {
    return refused('scheme', `has the scheme "${protocol.slice(0, -1)}"; only https is allowed`);
  }
  if (url.username !== '' || url.password !== '') {
    return refused(
      'userinfo',
      'contains a user name or password; send credentials as a custom header instead',
    );
  }
  url.hash = '';
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);

  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const target: Target = {
    url: url.href,
    origin: url.origin,
    protocol,
    host,
    isAddress: isIP(host) !== 0,
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
  return rejectionReason(target, rules) ?? { ok: true, target };
}

/** Judges one address of a target: what its name resolved to, or what stands in the URL itself. */
export function checkTargetAddress(host: string, ip: string, rules: TargetRules): AddressCheck {
  const allowed = rules.allowedTargets ?? noAllowedTargets;
  if (allowed.hasHost(host) || allowed.hasAddress(ip)) return { ok: true };
  return checkAddress(ip, rules.allowPrivateTargets === true ? 'private-allowed' : 'public-only');
}

function rejectionReason(target: Target, rules: TargetRules): ParsedTarget | undefined {
  const { host, port } = target;
  if (isOwnHost(target, rules.ownHosts ?? [])) {
    return refused('own_host', `has the host "${host}", which is this service itself`);
  }
  const allowed = rules.allowedTargets ?? noAllowedTargets;
  const isExempt = allowed.hasHost(host) || (target.isAddress && allowed.hasAddress(host));
  if (isExempt) return undefined;

  if (target.isAddress) {
    const check = checkTargetAddress(host, host, rules);
    if (!check.ok) {
      return refused(
        'address',
        `has the host "${host}", ${check.why}; use a host that is publicly reachable`,
      );
    }
  } else {
    const why = nameRejectionReason(host, rules);
    if (why !== undefined) {
      return refused('host', `has the host "${host}", ${why}; use a host name that is publicly reachable`);
    }
  }
  if (rules.allowPrivateTargets === true) return undefined;
  const ports = rules.ports ?? defaultPorts;
  return ports.includes(port)
    ? undefined
    : refused('port', `has the port ${port}; use ${ports.join(' or ')}`);
}

function nameRejectionReason(name: string, rules: TargetRules): string | undefined {
  if (rules.allowPrivateTargets !== true) return hostNameRejectionReason(name);
  if (!isWellFormed(name)) return 'not a valid host name';
  return isMetadataName(name) ? "a cloud's metadata service" : undefined;
}

function isOwnHost(target: Target, ownHosts: readonly string[]): boolean {
  const host = target.isAddress && target.host.includes(':') ? `[${target.host}]` : target.host;
  return ownHosts.some((own) => {
    const name = own.toLowerCase();
    return name === host || name === target.host || name === `${host}:${target.port}`;
  });
}

function refused(rule: TargetRule, why: string): ParsedTarget {
  return { ok: false, rule, why };
}

import { isIP } from 'node:net';
import { noAllowedTargets, type AllowedTargets } from './allowed-targets.ts';
import { getNameRejection, isDecodable, isMetadataName, isWellFormed } from './host-name.ts';
import { isOwnHost, type OwnHost } from './own-hosts.ts';
import { checkAddress, type AddressCheck } from './public-address.ts';

/** The targets that an installation permits. */
export interface TargetRules {
  /**
   * Also allows http, every port, loopback and private addresses, but no metadata services and no link-local
   * addresses.
   *
   * @default false
   */
  readonly allowPrivateTargets?: boolean;
  /** Exempt from the rules for names, addresses and, for hosts, ports. @default none */
  readonly allowedTargets?: AllowedTargets;
  /**
   * Hosts of this installation. An event sent to itself could loop forever.
   *
   * @default none
   */
  readonly ownHosts?: readonly OwnHost[];
  /** @default [443, 8443] */
  readonly ports?: readonly number[];
}

export interface Target {
  /** The normal form: punycode, no fragment, no default port, no trailing dot of the host. */
  readonly url: string;
  readonly origin: string;
  readonly protocol: 'https:' | 'http:';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

/** The rule that a rejected target breaks. Safe to log, unlike the target. */
export type TargetRule =
  | 'characters'
  | 'userinfo'
  | 'syntax'
  | 'scheme'
  | 'own_host'
  | 'address'
  | 'host'
  | 'port';

/**
 * `why` completes "the URL ...": it names the wrong part and the right form, never user info or the query.
 */
export type ParsedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly rule: TargetRule; readonly why: string };

const defaultPorts: readonly number[] = [443, 8443];

/** C0, DEL and C1 controls, backslashes and all white space. The URL parser would silently repair these. */
// oxlint-disable-next-line no-control-regex -- matches control characters on purpose
const suspicious = /[\u0000-\u0020\u007f-\u009f\\]|\s/u;

/** An `@` before the path, even with nothing in front of it, which the parser would drop. */
const hasUserinfo = /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i;

/**
 * Checks a URL by every rule that needs no network (SSRF guard). Checks the parsed URL and not the text,
 * because the parser turns `127.1`, `0x7f000001` and full-width digits into 127.0.0.1.
 */
export function parseTarget(input: string, rules: TargetRules): ParsedTarget {
  if (suspicious.test(input)) {
    return reject(
      'characters',
      'contains a control character, white space or a backslash; percent-encode it',
    );
  }
  if (hasUserinfo.test(input)) {
    return reject(
      'userinfo',
      'contains a user name or password; send credentials as a custom header instead',
    );
  }
  if (!URL.canParse(input) || !isDecodable(new URL(input).hostname))
    return reject('syntax', 'is not a valid absolute URL such as https://example.com/hooks');
  const url = new URL(input);
  const { protocol } = url;
  if (protocol !== 'https:' && (protocol !== 'http:' || rules.allowPrivateTargets !== true)) {
    return reject('scheme', `has the scheme "${protocol.slice(0, -1)}"; only https is allowed`);
  }
  if (url.username !== '' || url.password !== '') {
    return reject(
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
  return checkRules(target, rules) ?? { ok: true, target };
}

/** Checks one address of a target: one that its name resolves to, or the one in the URL itself. */
export function checkTargetAddress(
  { host, port }: Pick<Target, 'host' | 'port'>,
  ip: string,
  rules: TargetRules,
): AddressCheck {
  if (isOwnHost(ip, port, rules.ownHosts ?? [])) return { ok: false, why: 'this service itself' };
  const allowed = rules.allowedTargets ?? noAllowedTargets;
  const isExempt = isPrivateHostAllowed(host, rules) || allowed.hasAddress(ip);
  return checkAddress(ip, isExempt ? 'private-allowed' : 'public-only');
}

/**
 * Whether a name may lead to private addresses. Only these names are looked up in the hosts file and with the
 * search list, which lead to such addresses.
 */
export function isPrivateHostAllowed(host: string, rules: TargetRules): boolean {
  return rules.allowPrivateTargets === true || (rules.allowedTargets ?? noAllowedTargets).hasHost(host);
}

function checkRules(target: Target, rules: TargetRules): ParsedTarget | undefined {
  const { host, port } = target;
  if (isOwnHost(host, port, rules.ownHosts ?? [])) {
    return reject('own_host', `has the host "${host}", which is this service itself`);
  }
  const allowed = rules.allowedTargets ?? noAllowedTargets;
  const isExempt = allowed.hasHost(host) || (target.isAddress && allowed.hasAddress(host));
  const arePrivateAllowed = isExempt || rules.allowPrivateTargets === true;
  if (target.isAddress) {
    const check = checkTargetAddress(target, host, rules);
    if (!check.ok) {
      return reject('address', `has the host "${host}", ${check.why}; use a host that is publicly reachable`);
    }
  } else {
    const why = checkName(host, arePrivateAllowed);
    if (why !== undefined) {
      return reject('host', `has the host "${host}", ${why}; use a host name that is publicly reachable`);
    }
  }
  if (arePrivateAllowed) return undefined;
  const ports = rules.ports ?? defaultPorts;
  return ports.includes(port) ? undefined : reject('port', `has the port ${port}; use ${ports.join(' or ')}`);
}

function checkName(name: string, arePrivateAllowed: boolean): string | undefined {
  if (!arePrivateAllowed) return getNameRejection(name);
  if (!isWellFormed(name)) return 'not a valid host name';
  return isMetadataName(name) ? "a cloud's metadata service" : undefined;
}

function reject(rule: TargetRule, why: string): ParsedTarget {
  return { ok: false, rule, why };
}

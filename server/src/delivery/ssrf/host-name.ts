import { domainToUnicode } from 'node:url';

/**
 * Suffixes of internal names: from RFC 6761, 6762, 7686 and 8375, ICANN's `internal`, and common private
 * ones.
 */
const internalSuffixes: readonly string[] = [
  'localhost',
  'local',
  'internal',
  'localdomain',
  'lan',
  'intranet',
  'corp',
  'home',
  'home.arpa',
  'private',
  'onion',
];

/**
 * Host names of cloud metadata services, most of which the suffixes do not cover. The single labels resolve
 * through the search list that clouds configure.
 */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google',
  'instance-data',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
]);

/**
 * Returns why a host name is rejected, without resolving it, or undefined if it is not. Expects the normal
 * form of the URL parser (lower case, punycode) without a trailing dot. Not for IP addresses.
 */
export function getNameRejection(name: string): string | undefined {
  if (!isWellFormed(name)) return 'not a valid host name';
  if (isMetadataName(name)) return "a cloud's metadata service";
  const suffix = internalSuffixes.find((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  if (suffix !== undefined) return `an internal name (${suffix})`;
  // A search list in resolv.conf could complete it to an internal name.
  if (!name.includes('.')) return 'a name without a domain';
  return undefined;
}

/** Metadata services stay rejected where private addresses are allowed. */
export function isMetadataName(name: string): boolean {
  return metadataNames.has(name);
}

/** Whether all labels in punycode can be decoded. Newer releases of Node also parse URLs with others. */
export function isDecodable(name: string): boolean {
  return name
    .split('.')
    .every((label) => !label.startsWith('xn--') || !['', label].includes(domainToUnicode(label)));
}

/**
 * Returns the form that the URL parser gives a host name, without a trailing dot, or undefined if it is none.
 * Numbers such as `127.1` become the IPv4 address that they mean.
 */
export function parseHostName(name: string): string | undefined {
  if (name === '' || /[/:@?#\\[\]%*\s]/.test(name) || !URL.canParse(`https://${name}/`)) return undefined;
  const host = new URL(`https://${name}/`).hostname.replace(/\.$/, '');
  return isDecodable(host) ? host : undefined;
}

/** Checks the lengths by RFC 1035. The URL parser has already checked the characters. */
export function isWellFormed(name: string): boolean {
  if (name === '' || name.length > 253) return false;
  return name.split('.').every((label) => label.length > 0 && label.length <= 63);
}

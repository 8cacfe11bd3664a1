/** Suffixes that mean "inside": by RFC 6761, 6762, 7686 and 8375, ICANN's `internal`, and what routers and sites use. */
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

/** Names of clouds' metadata services that the suffixes do not cover. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
]);

/**
 * Why a host name is refused before anything is resolved; undefined when it is not. Takes a name in the form in which
 * the URL parser leaves it: lower case, punycode, here without a dot at the end. Not for addresses.
 */
export function hostNameRejectionReason(name: string): string | undefined {
  if (!isWellFormed(name)) return 'not a valid host name';
  if (isMetadataName(name)) return "a cloud's metadata service";
  const suffix = internalSuffixes.find((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  if (suffix !== undefined) return `an internal name (${suffix})`;
  // A search list in resolv.conf would complete it to an internal name.
  if (!name.includes('.')) return 'a name without a domain';
  return undefined;
}

/** Refused even where private addresses are allowed. */
export function isMetadataName(name: string): boolean {
  return metadataNames.has(name);
}

/** Lengths by RFC 1035; the parser has seen to the characters. */
export function isWellFormed(name: string): boolean {
  if (name === '' || name.length > 253) return false;
  return name.split('.').every((label) => label.length > 0 && label.length <= 63);
}

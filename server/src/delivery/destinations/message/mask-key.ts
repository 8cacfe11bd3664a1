/** The names under which events carry a license key. */
const keyFields = ['key', 'licenseKey'] as const;

export function isKeyField(name: string): boolean {
  return keyFields.some((field) => field === name);
}

const dots = '••••';
const shownLength = 4;

/** Below this, four characters would be half of the key or more, so none is shown. */
const minLengthToShow = 8;

/** A license key as it may stand in a channel that many people read: its last four characters. */
export function maskKey(key: string): string {
  const characters = Array.from(key);
  return characters.length < minLengthToShow ? dots : dots + characters.slice(-shownLength).join('');
}

/**
 * The license keys in an event's data, as `toText` writes them. Longest first: a key that begins another one must not
 * spoil it for its own mask.
 */
export function keysIn(
  data: Readonly<Record<string, unknown>>,
  toText: (value: unknown) => string,
): readonly string[] {
  return keyFields.map((name) => toText(data[name])).sort((a, b) => b.length - a.length);
}

/**
 * Masks the keys wherever else they occur in a text: where people sign in with their key, the user name *is* the key.
 * Keys too short to be told from ordinary words are left.
 */
export function maskKeysIn(text: string, keys: readonly string[]): string {
  return keys
    .filter((key) => key.length >= minLengthToShow)
    .reduce((masked, key) => masked.replaceAll(key, () => maskKey(key)), text);
}

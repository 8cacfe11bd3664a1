/** The names of the event fields that contain a license key. */
const keyFields = ['key', 'licenseKey'] as const;

export function isKeyField(name: string): boolean {
  return keyFields.some((field) => field === name);
}

const dots = '••••';
const shownLength = 4;

/** A shorter key shows no characters, because four would be more than half of it. */
const minLengthToShow = 8;

/** Masks a license key for a chat channel: only the last four characters stay visible. */
export function maskKey(key: string): string {
  const characters = Array.from(key);
  return characters.length < minLengthToShow ? dots : dots + characters.slice(-shownLength).join('');
}

/**
 * Returns the license keys in an event's data as `toText` formats them, longest first. Otherwise a key that
 * is a prefix of another would be replaced first, and the rest of the longer key would stay visible.
 */
export function findKeys(
  data: Readonly<Record<string, unknown>>,
  toText: (value: unknown) => string,
): readonly string[] {
  return keyFields.map((name) => toText(data[name])).sort((a, b) => b.length - a.length);
}

/**
 * Masks the keys wherever they occur in a text. Apps that let users sign in with their key have it as the
 * user name. Leaves keys that are too short to distinguish from ordinary words.
 */
export function maskKeys(text: string, keys: readonly string[]): string {
  return keys
    .filter((key) => key.length >= minLengthToShow)
    .reduce((masked, key) => masked.replaceAll(key, () => maskKey(key)), text);
}

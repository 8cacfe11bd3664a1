/** A shorter text would remove parts of ordinary words. */
const minLength = 4;

/**
 * Returns the parts of a connection string that must not appear in a message: its password, as written,
 * encoded and decoded, and the password of a key file. An invalid string may have its password anywhere, so each part
 * between its delimiters counts. The longest come first.
 */
export function toUriSecrets(uri: string): string[] {
  const [, afterScheme = ''] = /^[a-z+]+:\/\/(.*)$/is.exec(uri) ?? [];
  const userInfo = afterScheme.slice(0, Math.max(0, afterScheme.lastIndexOf('@')));
  const password = userInfo.slice(userInfo.indexOf(':') + 1);
  const keyPassword = /[?&]tlsCertificateKeyFilePassword=([^&]*)/i.exec(uri)?.[1] ?? '';
  const texts = userInfo.includes(':') ? [userInfo, password, ...password.split(/[:/?#@]/)] : [];
  return [...texts, keyPassword]
    .flatMap((text) => [text, decode(text), encodeURIComponent(text)])
    .filter((text) => text.length >= minLength)
    .toSorted((a, b) => b.length - a.length);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

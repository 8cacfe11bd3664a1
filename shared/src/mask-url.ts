/*
 * Webhook URLs often contain a credential: chat services put a token into the path or the query, and many
 * receivers accept a key as a query parameter. Without zod, so that the admin UI can import it alone.
 */

/** Stands for a hidden value. Not ASCII, so no header value and no URL in its normal form contains it. */
export const maskText = '••••';

/** Hosts whose path is a credential, except for the given number of segments at its start. */
const pathHosts: readonly (readonly [RegExp, number])[] = [
  [/(^|\.)slack(-gov)?\.com$/, 1],
  [/(^|\.)office\.com$/, 1],
  [/(^|\.)office365\.com$/, 1],
  [/^hooks\.zapier\.com$/, 2],
];

/** The shapes of chat services' paths, which proxies and compatible servers repeat on other hosts. */
const discordPath = /^\/api(?:\/v\d{1,2})?\/webhooks\/[^/]+\/[^/]/;
/** Selects the body of a Discord webhook. It says how to read the URL, so it stays visible. */
const discordSuffix = /^\/api(?:\/v\d{1,2})?\/webhooks\/[^/]+\/[^/]+\/(?:slack|github)$/;
const slackPath = /^\/(?:services|triggers|workflows)\/[^/]+\/[^/]+\/[^/]/;

const minTokenLength = 16;
const credentialName = /key|token|secret|sig|auth|pass|code|cred|jwt|session/i;

/**
 * Hides the parts of a webhook URL that act as credentials: the tokens of chat services, path segments that
 * look random, and all values of the query. Shows scheme, host, ordinary path segments and parameter names.
 *
 * @example
 * maskUrl('https://discord.com/api/webhooks/123/abc'); // 'https://discord.com/api/webhooks/123/••••'
 * maskUrl('https://example.com/hooks?key=abc'); // 'https://example.com/hooks?key=••••'
 */
export function maskUrl(url: string): string {
  // A stored URL is ASCII, so this one is masked already.
  if (url.includes(maskText)) return url;
  if (!URL.canParse(url)) return maskText;
  const parsed = new URL(url);
  const segments = toSegments(parsed).map(({ text, isCredential }) => (isCredential ? maskText : text));
  const query = parsed.search === '' ? '' : `?${parsed.search.slice(1).split('&').map(maskPair).join('&')}`;
  return `${parsed.protocol}//${parsed.host}${segments.join('/')}${query}`;
}

/**
 * Returns the credentials of a webhook URL, as they are written and decoded, to remove them from other texts.
 * Short values of ordinary parameters are left out, because other texts contain them by chance.
 *
 * @example
 * getUrlCredentials('https://example.com/hooks?key=abcdefgh'); // ['abcdefgh']
 */
export function getUrlCredentials(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const parsed = new URL(url);
  const found = toSegments(parsed).flatMap(({ text, isCredential }) => (isCredential ? [text] : []));
  for (const pair of parsed.search.slice(1).split('&')) {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1);
    const isNamed = at > 0 && credentialName.test(pair.slice(0, at));
    if (value.length >= (isNamed ? 8 : minTokenLength)) found.push(value);
  }
  return [...new Set(found.flatMap((text) => [text, decode(text)]))];
}

interface Segment {
  readonly text: string;
  readonly isCredential: boolean;
}

function toSegments({ hostname, pathname }: URL): Segment[] {
  const texts = pathname.split('/');
  const shown = countShown(hostname, pathname);
  const hasSuffix = discordSuffix.test(pathname);
  // The first text is empty, because a path starts with a slash.
  return texts.map((text, index) => ({
    text,
    isCredential:
      text !== '' && (index > shown || isRandom(decode(text))) && !(hasSuffix && index === texts.length - 1),
  }));
}

/** How many segments at the start of the path are shown, unless they look random. */
function countShown(hostname: string, pathname: string): number {
  if (discordPath.test(pathname)) return pathname.split('/').indexOf('webhooks') + 1;
  if (slackPath.test(pathname)) return 1;
  return pathHosts.find(([host]) => host.test(hostname))?.[1] ?? Infinity;
}

/** Long, and with digits, mixed case or no separator, unlike the words of an ordinary path. */
function isRandom(text: string): boolean {
  if (text.length < minTokenLength) return false;
  return /\d/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text)) || !/[-_.]/.test(text);
}

function maskPair(pair: string): string {
  const at = pair.indexOf('=');
  // Without a value, the name itself can be the credential.
  return at < 1 || at === pair.length - 1 ? maskText : `${pair.slice(0, at)}=${maskText}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Hosts whose webhook URLs are credentials: whoever knows one can post. */
const chatHosts = /(^|\.)(discord(app)?\.com|slack(-gov)?\.com|logic\.azure\.com|powerplatform\.com)$/;

/** A webhook's URL for lists and pages that others may see: the token in a chat service's address is left out. */
export function shownUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !chatHosts.test(parsed.hostname)) return url;
  const parts = parsed.pathname.split('/');
  const last = parts.at(-1) === '' ? parts.length - 2 : parts.length - 1;
  return `${parsed.origin}${parts.map((part, index) => (index === last ? '••••' : part)).join('/')}${parsed.search === '' ? '' : '?••••'}`;
}

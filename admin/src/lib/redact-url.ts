/** Hosts whose webhook URLs act as credentials. */
const chatHosts = /(^|\.)(discord(app)?\.com|slack(-gov)?\.com|logic\.azure\.com|powerplatform\.com)$/;

/** Hides the token in the webhook URL of a chat service. Returns other URLs unchanged. */
export function redactUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !chatHosts.test(parsed.hostname)) return url;
  const parts = parsed.pathname.split('/');
  const last = parts.at(-1) === '' ? parts.length - 2 : parts.length - 1;
  return `${parsed.origin}${parts.map((part, index) => (index === last ? '••••' : part)).join('/')}${parsed.search === '' ? '' : '?••••'}`;
}

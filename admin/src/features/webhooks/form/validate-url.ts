/**
 * Returns what is wrong with a webhook URL while it is typed, or undefined. The server has the final check.
 */
export function validateUrl(text: string): string | undefined {
  if (text === '') return undefined;
  if (!/^https?:\/\//i.test(text)) return 'The URL must start with https://';
  if (text.length > 4096) return 'The URL must be at most 4096 characters';
  if (!URL.canParse(text)) return 'The URL is incomplete';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return 'The URL must not contain a username or password. Use a header instead';
  if (url.hash !== '') return 'The URL must not contain a fragment (#)';
  return undefined;
}

/** Explains what a webhook URL means for its deliveries. */
export function urlHint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return 'Not encrypted. Only accepted if the server allows private targets.';
  if (url && /(^|\.)discord(app)?\.com$/.test(url.hostname)) return 'Discord URLs receive chat messages.';
  if (url && /^hooks\.slack(-gov)?\.com$/.test(url.hostname)) return 'Slack URLs receive chat messages.';
  if (url && /(logic\.azure\.com|powerplatform\.com)$/.test(url.hostname))
    return 'For a Teams workflow, select the format Teams card below.';
  return 'Events are sent to this URL as signed POST requests.';
}

/** What is wrong with a URL as far as this side can tell, while it is typed. The server judges it for good. */
export function urlProblem(text: string): string | undefined {
  if (text === '') return undefined;
  if (!/^https?:\/\//i.test(text)) return 'It has to begin with https://';
  if (text.length > 4096) return 'It may have 4096 characters at most';
  if (!URL.canParse(text)) return 'This is not a complete URL yet';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return 'It must not hold a user name or password; use a header';
  if (url.hash !== '') return 'It must not have a # part: that is never sent';
  return undefined;
}

/** Taken by servers that run with private targets allowed, refused by all others. */
export function urlHint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return 'Without TLS. Only servers that allow private targets take it.';
  if (url && /(^|\.)discord(app)?\.com$/.test(url.hostname))
    return 'Discord: it will get a message that people can read.';
  if (url && /^hooks\.slack(-gov)?\.com$/.test(url.hostname))
    return 'Slack: it will get a message that people can read.';
  if (url && /(logic\.azure\.com|powerplatform\.com)$/.test(url.hostname))
    return 'If this is a Teams workflow, choose the Teams card below.';
  return 'Each event is POSTed to it, signed.';
}

import type { Format } from '@tocsin/shared';

export type ChatFormat = 'discord' | 'slack' | 'teams';

/** The service that a webhook's messages are made for, as the server resolves `auto`; undefined: events go out as JSON. */
export function chatFormatOf(url: string, format: Format): ChatFormat | undefined {
  switch (format) {
    case 'discord':
    case 'slack':
    case 'teams':
      return format;
    case 'json':
      return undefined;
    case 'auto':
      return URL.canParse(url) ? byUrl(new URL(url)) : undefined;
  }
}

function byUrl({ hostname, pathname }: URL): ChatFormat | undefined {
  if (/^((ptb|canary)\.)?discord(app)?\.com$/.test(hostname) && pathname.startsWith('/api/')) {
    if (pathname.endsWith('/github')) return undefined;
    return pathname.endsWith('/slack') ? 'slack' : 'discord';
  }
  return /^hooks\.slack(-gov)?\.com$/.test(hostname) ? 'slack' : undefined;
}

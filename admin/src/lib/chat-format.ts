import { isChat, type ChatFormat, type Format, type WebhookView } from '@tocsin/shared';
import { formatLabels, profileLabels } from './labels.ts';

/**
 * The chat service that receives a webhook's messages, resolving `auto` as the server does. Returns undefined
 * if events are sent as JSON.
 */
export function resolveChatFormat(url: string, format: Format): ChatFormat | undefined {
  if (isChat(format)) return format;
  return format === 'auto' && URL.canParse(url) ? chatFormatFromUrl(new URL(url)) : undefined;
}

function chatFormatFromUrl({ hostname, pathname }: URL): ChatFormat | undefined {
  if (/^((ptb|canary)\.)?discord(app)?\.com$/.test(hostname) && pathname.startsWith('/api/')) {
    if (pathname.endsWith('/github')) return undefined;
    return pathname.endsWith('/slack') ? 'slack' : 'discord';
  }
  return /^hooks\.slack(-gov)?\.com$/.test(hostname) ? 'slack' : undefined;
}

/** What a webhook sends: the chat message, or the signing scheme of its JSON. */
export function toDestinationLabel({
  url,
  format,
  profile,
}: Pick<WebhookView, 'url' | 'format' | 'profile'>): string {
  const chat = resolveChatFormat(url, format);
  return chat === undefined ? profileLabels[profile].name : formatLabels[chat].name;
}

// Kept apart from the zod schemas, so that the admin UI can import it without bundling them.
import type { Format } from './webhook.ts';

/** The formats that produce a chat message instead of JSON. */
export type ChatFormat = Exclude<Format, 'auto' | 'json'>;

/** Whether a format produces a chat message. Chat messages carry neither a secret nor a signature. */
export function isChat(format: Format): format is ChatFormat {
  return format !== 'auto' && format !== 'json';
}

import { loadedLater } from '../loaded-later.ts';
import type { ClientConfig } from '../options.ts';

/**
 * Creates `feed`. What its methods do is imported when one is called, because publishing does not need it.
 *
 * @param closing ends all consumers
 */
export function createFeed(config: ClientConfig, closing: AbortSignal) {
  return (appId: string) =>
    loadedLater(async () => (await import('./app-feed.ts')).createAppFeed(config, appId, closing));
}

import type { SearchWordsStore } from '../../domain/ports/access-stores.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookListStore } from '../../domain/ports/webhook-list-store.ts';
import { toWebhookWords } from '../../domain/search-words.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';

export interface FillSearchWordsDeps {
  readonly searchWords: SearchWordsStore;
  readonly webhookLists: Pick<WebhookListStore, 'findWithoutWords' | 'setMissingWords'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Objects of one write. */
const batchSize = 500;

/** How often to look for objects that a process of an older release stored. */
export const fillEveryMs = 60_000;

/**
 * Returns a task that gives search words to objects that were stored without them. Each batch is one read and one write.
 * Never rejects: a later run continues.
 */
export function createFillSearchWords(deps: FillSearchWordsDeps): (signal: AbortSignal) => Promise<void> {
  const { searchWords, log } = deps;
  return async function fillSearchWords(signal) {
    let filled = 0;
    try {
      for (;;) {
        if (signal.aborted) break;
        const count = (await searchWords.fillWords(batchSize)) + (await fillWebhooks(deps));
        if (count === 0) break;
        filled += count;
      }
    } catch (error) {
      log.warn({ err: error }, 'could not add search words; will retry');
    }
    if (filled > 0) log.info({ filled }, 'added search words to objects of an older release');
  };
}

async function fillWebhooks({ webhookLists, secretBox }: FillSearchWordsDeps): Promise<number> {
  const found = await webhookLists.findWithoutWords(batchSize);
  await webhookLists.setMissingWords(
    new Map(found.map((webhook) => [webhook.id, wordsOf(secretBox, webhook)])),
  );
  return found.length;
}

/** A URL that no key decrypts has no words. */
function wordsOf(secretBox: Pick<SecretBox, 'decrypt'>, webhook: Webhook): string[] {
  const { id, description } = webhook;
  try {
    return toWebhookWords({ id, description, url: openUrl(secretBox, webhook) });
  } catch {
    return toWebhookWords({ id, description, url: undefined });
  }
}

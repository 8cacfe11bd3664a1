import { getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { canSeeKey } from '../../domain/key-inheritance.ts';
import type { AccountStore, ApiKeyStore, AppStore } from '../../domain/ports/access-stores.ts';
import type { AgePosition } from '../../domain/ports/page-request.ts';
import type { WebhookListStore } from '../../domain/ports/webhook-list-store.ts';
import { toSearchTerms } from '../../domain/search-words.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso } from '../common/iso-time.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';
import type { NamelessHit } from './hit.ts';

export interface ByNameDeps {
  readonly accounts: Pick<AccountStore, 'list'>;
  readonly apps: Pick<AppStore, 'list'>;
  readonly keys: Pick<ApiKeyStore, 'list'>;
  readonly webhookLists: Pick<WebhookListStore, 'list'>;
  readonly views: Pick<WebhookViews, 'getUrl'>;
}

/** Keys that are read to find those that the caller may see. */
const maxKeys = 200;

/** Pages of webhooks that are read for one search. A page can be short before the end. */
const maxWebhookPages = 5;

const toFirstPage = (limit: number) => ({ after: undefined, limit });

/** Kinds with a name, a host, a path or a description. Each term of the query has to begin one of their words. */
export const findByName = {
  async account({ accounts }: ByNameDeps, _: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const { items } = await accounts.list({ terms: toSearchTerms(query) }, toFirstPage(limit));
    return items.map(({ id, name, createdAt }) => {
      const at = toIso(createdAt);
      return {
        kind: 'account',
        id,
        title: name,
        subtitle: id,
        accountId: id,
        appId: null,
        webhookId: null,
        at,
      };
    });
  },

  async app({ apps }: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const onlyApp = getAppLimit(actor);
    const ids = onlyApp === undefined ? undefined : [onlyApp];
    const filter = { accountId: getAccountLimit(actor), ids, terms: toSearchTerms(query) };
    const { items } = await apps.list(filter, toFirstPage(limit));
    return items.map(({ id, accountId, name, createdAt }) => {
      const at = toIso(createdAt);
      return { kind: 'app', id, title: name, subtitle: id, accountId, appId: id, webhookId: null, at };
    });
  },

  async webhook(deps: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const webhooks = await findWebhooks(deps, actor, query, limit);
    return webhooks.map((webhook) => {
      const { id, accountId, appId, description, createdAt } = webhook;
      const url = deps.views.getUrl(webhook, actor);
      const title = description ?? (URL.canParse(url) ? new URL(url).host : id);
      const at = toIso(createdAt);
      return { kind: 'webhook', id, title, subtitle: url, accountId, appId, webhookId: null, at };
    });
  },

  async key({ keys }: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const accountId = getAccountLimit(actor);
    const filter = { accountId, terms: toSearchTerms(query) };
    const { items } = await keys.list(filter, toFirstPage(accountId === undefined ? limit : maxKeys));
    return items
      .filter((key) => canSeeKey(actor, key))
      .slice(0, limit)
      .map(({ id, name, prefix, accountId: owner, appId, createdAt }) => {
        const at = toIso(createdAt);
        return {
          kind: 'key',
          id,
          title: name,
          subtitle: prefix,
          accountId: owner,
          appId,
          webhookId: null,
          at,
        };
      });
  },
} satisfies Readonly<
  Record<string, (...args: [ByNameDeps, Actor, string, number]) => Promise<NamelessHit[]>>
>;

async function findWebhooks(
  { webhookLists }: ByNameDeps,
  actor: Actor,
  query: string,
  limit: number,
): Promise<Webhook[]> {
  const filter = {
    accountId: getAccountLimit(actor),
    appId: getAppLimit(actor),
    terms: toSearchTerms(query),
  };
  const found: Webhook[] = [];
  let after: AgePosition | undefined;
  for (let read = 0; read < maxWebhookPages && found.length < limit; read++) {
    const page = await webhookLists.list(filter, { after, limit: limit - found.length, order: 'newest' });
    found.push(...page.webhooks);
    after = page.next;
    if (after === undefined) break;
  }
  return found;
}

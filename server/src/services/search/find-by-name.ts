import { getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { canSeeKey } from '../../domain/key-inheritance.ts';
import type { AppStore } from '../../domain/ports/access-stores.ts';
import type { SearchStore } from '../../domain/ports/search-store.ts';
import { hasTermWith, toSearchPrefix, toSearchTerms } from '../../domain/search-terms.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso } from '../common/iso-time.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';
import type { NamelessHit } from './hit.ts';

export interface ByNameDeps {
  readonly search: SearchStore;
  readonly apps: Pick<AppStore, 'get'>;
  readonly views: Pick<WebhookViews, 'getUrl'>;
}

/** Keys and webhooks that are read to find those that the caller may see, or that have the path of a URL. */
const maxCandidates = 200;

/** Kinds with a name, a host or a description, whose words the query begins. */
export const findByName = {
  async account({ search }: ByNameDeps, _: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const prefix = toSearchPrefix(query);
    const accounts = prefix === undefined ? [] : await search.findAccounts(prefix, limit);
    return accounts.map(({ id, name, createdAt }) => {
      const at = toIso(createdAt);
      const title = name;
      return { kind: 'account', id, title, subtitle: id, accountId: id, appId: null, webhookId: null, at };
    });
  },

  async app(deps: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const prefix = toSearchPrefix(query);
    const apps = prefix === undefined ? [] : await findApps(deps, actor, prefix, limit);
    return apps.map(({ id, accountId, name, createdAt }) => {
      const at = toIso(createdAt);
      return { kind: 'app', id, title: name, subtitle: id, accountId, appId: id, webhookId: null, at };
    });
  },

  async webhook(deps: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const webhooks = await findWebhooks(deps, actor, query, limit);
    return webhooks.map((webhook) => {
      const { id, accountId, appId, host, description, createdAt } = webhook;
      const url = deps.views.getUrl(webhook, actor);
      const title = description ?? host ?? id;
      const at = toIso(createdAt);
      return { kind: 'webhook', id, title, subtitle: url, accountId, appId, webhookId: null, at };
    });
  },

  async key({ search }: ByNameDeps, actor: Actor, query: string, limit: number): Promise<NamelessHit[]> {
    const prefix = toSearchPrefix(query);
    if (prefix === undefined) return [];
    const accountId = getAccountLimit(actor);
    const keys = await search.findKeys(
      { prefix, accountId },
      accountId === undefined ? limit : maxCandidates,
    );
    return keys
      .filter((key) => canSeeKey(actor, key))
      .slice(0, limit)
      .map(({ id, name, prefix: start, accountId: owner, appId, createdAt }) => {
        const at = toIso(createdAt);
        return {
          kind: 'key',
          id,
          title: name,
          subtitle: start,
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

async function findApps({ search, apps }: ByNameDeps, actor: Actor, prefix: string, limit: number) {
  const onlyApp = getAppLimit(actor);
  if (onlyApp === undefined)
    return await search.findApps({ prefix, accountId: getAccountLimit(actor) }, limit);
  const app = await apps.get(onlyApp);
  return app !== undefined && hasTermWith(toSearchTerms([app.id, app.name]), prefix) ? [app] : [];
}

/** URLs are stored encrypted, so those of a host are read and compared. */
async function findWebhooks(
  { search, views }: ByNameDeps,
  actor: Actor,
  query: string,
  limit: number,
): Promise<Webhook[]> {
  const choice = { accountId: getAccountLimit(actor), appId: getAppLimit(actor) };
  const url = toUrlQuery(query);
  const prefix = toSearchPrefix(url?.host ?? query);
  if (prefix === undefined) return [];
  if (url === undefined) return await search.findWebhooks({ ...choice, prefix }, limit);
  const ofHost = await search.findWebhooks({ ...choice, prefix }, maxCandidates);
  return ofHost.filter((webhook) => hasPath(views.getUrl(webhook, actor), url.path)).slice(0, limit);
}

interface UrlQuery {
  readonly host: string;
  readonly path: string;
}

/** A host with a path, with or without a scheme. Undefined: the query is no URL. */
function toUrlQuery(query: string): UrlQuery | undefined {
  const [, host = '', path = ''] =
    /^(?:https?:\/\/)?([^\s/?#]+\.[^\s/?#]+|localhost(?::\d+)?)(\/\S*)?$/i.exec(query) ?? [];
  const isUrl = /^https?:\/\//i.test(query);
  return host !== '' && (path !== '' || isUrl) ? { host: host.toLowerCase(), path } : undefined;
}

/** Compares with what the caller may see, so that a masked token cannot be guessed. */
function hasPath(shownUrl: string, path: string): boolean {
  if (path === '' || path === '/') return true;
  if (!URL.canParse(shownUrl)) return false;
  const { pathname, search } = new URL(shownUrl);
  return decodePath(`${pathname}${search}`).toLowerCase().startsWith(decodePath(path).toLowerCase());
}

function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

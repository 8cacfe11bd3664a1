import type { Scope, SearchInput, SearchKind, SearchResult } from '@tocsin/shared';
import { getAccountLimit, hasScope, type Actor } from '../../domain/access.ts';
import { isTocsinError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { findById, type ByIdDeps } from './find-by-id.ts';
import { findByName, type ByNameDeps } from './find-by-name.ts';
import { findByValue, type ByValueDeps } from './find-by-value.ts';
import type { NamelessHit } from './hit.ts';

export interface FindDeps extends ByIdDeps, ByNameDeps, ByValueDeps {
  readonly accounts: Pick<AccountStore, 'getMany' | 'list'>;
  readonly access: Pick<AccessControl, 'canSee' | 'narrow'>;
}

/** How one kind is searched. Returns up to `limit + 1` hits, so that it is known whether there are more. */
type FindHits = (deps: FindDeps, actor: Actor, query: string, limit: number) => Promise<NamelessHit[]>;

interface KindSearch {
  readonly scope: Scope;
  readonly find: FindHits;
}

/** In the order of the groups: what a query names exactly comes first. */
const searches: Readonly<Record<SearchKind, KindSearch>> = {
  event: { scope: 'events:read', find: findById.event },
  delivery: { scope: 'deliveries:read', find: findById.delivery },
  replay: { scope: 'deliveries:read', find: findById.replay },
  value: { scope: 'events:read', find: findByValue },
  account: { scope: 'operator', find: findByName.account },
  app: { scope: 'webhooks:read', find: findByName.app },
  webhook: { scope: 'webhooks:read', find: findByName.webhook },
  key: { scope: 'keys:write', find: findByName.key },
};

/** Object.keys returns strings. The table has exactly the kinds. */
const kinds = Object.keys(searches) as SearchKind[];

/**
 * Finds objects of every kind that the actor may see, by ids, names, hosts, descriptions and values of payloads. Needs
 * no scope of its own: kinds without their scope are not searched.
 */
export function createFind(deps: FindDeps) {
  return async function find(actor: Actor, { query, limit }: SearchInput): Promise<SearchResult> {
    const searched = kinds.filter((kind) => hasScope(actor, searches[kind].scope));
    const unavailable: SearchKind[] = [];
    const found = await Promise.all(
      searched.map(async (kind) => {
        try {
          return await searches[kind].find(deps, actor, query, limit + 1);
        } catch (error) {
          // The index of one kind must not hide the hits of the others.
          if (!isTocsinError(error) || error.code !== 'UNAVAILABLE') throw error;
          unavailable.push(kind);
          return [];
        }
      }),
    );
    const names = await findAccountNames(deps, actor, found.flat());
    const groups = searched.flatMap((kind, index) => {
      const hits = found[index] ?? [];
      if (hits.length === 0) return [];
      const shown = hits
        .slice(0, limit)
        .map((hit) => ({ ...hit, accountName: names.get(hit.accountId) ?? null }));
      return [{ kind, hits: shown, hasMore: hits.length > limit }];
    });
    return { groups, searched, unavailable };
  };
}

export type Find = ReturnType<typeof createFind>;

/** Returns the names of accounts by their ids. Only the operator may know them. */
async function findAccountNames(
  { accounts }: Pick<FindDeps, 'accounts'>,
  actor: Actor,
  hits: readonly NamelessHit[],
): Promise<Map<string, string>> {
  const ids = [...new Set(hits.map(({ accountId }) => accountId))];
  if (getAccountLimit(actor) !== undefined || ids.length === 0) return new Map();
  return new Map((await accounts.getMany(ids)).map(({ id, name }) => [id, name]));
}

import {
  maxTotal,
  toSummaryEvents,
  type ListWebhooksInput,
  type ListWebhookSummariesInput,
  type Page,
  type WebhookCounts,
  type WebhookSummaries,
  type WebhookSummary,
  type WebhookView,
} from '@tocsin/shared';
import { canAccessAccount, getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { isPaused } from '../../domain/endpoint-health.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type {
  WebhookListFilter,
  WebhookListStore,
  WebhookOwner,
} from '../../domain/ports/webhook-list-store.ts';
import type { EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import { toSearchTerms } from '../../domain/search-words.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toAgeCursor, toAgePosition } from '../common/age-cursor.ts';
import { requireDisabled } from './require-disabled.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface WebhookListDeps {
  readonly webhookLists: WebhookListStore;
  readonly health: Pick<EndpointHealthStore, 'findFailing' | 'get'>;
  readonly access: AccessControl;
  readonly views: WebhookViews;
}

/** More than an app can have. */
const allOfApp = 100_000;

/** Pages of webhooks, which the store finds by their words and the health of their endpoints. */
export function createWebhookList(deps: WebhookListDeps) {
  const { webhookLists, access, views } = deps;
  return {
    /** Lists the webhooks of an app, oldest first. */
    async list(
      actor: Actor,
      { appId, search, state, disabledBy, cursor, limit = allOfApp }: ListWebhooksInput,
    ): Promise<Page<WebhookView>> {
      const owner = { appId, accountId: await access.requireApp(actor, appId, 'webhooks:read') };
      const filter = {
        ...owner,
        ...toSearch(search),
        ...(await toStateFilter(deps, owner, { state, disabledBy })),
      };
      const page = { after: toAgePosition(cursor), limit, order: 'oldest' as const };
      const { webhooks, next } = await webhookLists.list(filter, page);
      return { items: await views.getViews(webhooks, actor), nextCursor: toAgeCursor(next) };
    },

    async summaries(actor: Actor, input: ListWebhookSummariesInput): Promise<WebhookSummaries> {
      const { search, ids, cursor, limit, order } = input;
      const owner = await toOwner(access, actor, input);
      const narrowed = { ...owner, ...toSearch(search), ...(await toStateFilter(deps, owner, input)) };
      const filter = ids === undefined ? narrowed : withIds(narrowed, ids);
      const { webhooks, next } = await webhookLists.list(filter, {
        after: toAgePosition(cursor),
        limit,
        order,
      });
      const shown = await views.getViews(webhooks);
      return {
        items: shown.map((view, index) => toSummary(view, webhooks[index]?.accountId ?? '')),
        nextCursor: toAgeCursor(next),
        ...(input.withCounts === true ? await count(deps, owner, filter, input) : {}),
      };
    },
  };
}

export type WebhookList = ReturnType<typeof createWebhookList>;

async function toOwner(
  access: AccessControl,
  actor: Actor,
  { appId, accountId }: Pick<ListWebhookSummariesInput, 'appId' | 'accountId'>,
): Promise<WebhookOwner> {
  access.requireScope(actor, 'webhooks:read');
  if (accountId !== undefined && !canAccessAccount(actor, accountId)) {
    throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
  }
  const onlyApp = appId ?? getAppLimit(actor);
  if (onlyApp === undefined) return { accountId: accountId ?? getAccountLimit(actor) };
  const owner = await access.requireApp(actor, onlyApp, 'webhooks:read');
  if (accountId !== undefined && accountId !== owner) {
    throw fieldError('accountId', `is ${accountId}, but the app ${onlyApp} belongs to ${owner}`);
  }
  return { appId: onlyApp, accountId: owner };
}

function toSearch(search: string | undefined): Pick<WebhookListFilter, 'terms'> {
  return search === undefined ? {} : { terms: toSearchTerms(search) };
}

type StateFilter = Pick<ListWebhookSummariesInput, 'state' | 'disabledBy'>;

/** The stored health of an endpoint decides its state, so that the ids come from there. */
async function toStateFilter(
  { webhookLists, health }: WebhookListDeps,
  owner: WebhookOwner,
  { state, disabledBy }: StateFilter,
): Promise<Pick<WebhookListFilter, 'enabled' | 'ids' | 'withoutIds'>> {
  requireDisabled(state, disabledBy);
  if (disabledBy !== undefined || state === 'disabled') {
    return { ids: await webhookLists.findDisabled(owner, maxTotal, disabledBy) };
  }
  if (state === undefined) return {};
  const { failing, paused } = await findUnhealthy(health, owner);
  switch (state) {
    case 'healthy':
      return { enabled: true, withoutIds: [...failing, ...paused] };
    case 'failing':
      return { enabled: true, ids: failing };
    case 'paused':
      return { enabled: true, ids: paused };
  }
}

/** Finds endpoints whose last attempt failed, those that fail most first. Some of them may be disabled. */
async function findUnhealthy(
  health: WebhookListDeps['health'],
  owner: WebhookOwner,
): Promise<{ readonly failing: string[]; readonly paused: string[] }> {
  const ids = await health.findFailing({ ...owner, excludedAppIds: [] }, maxTotal);
  const known = await health.get(ids);
  const isInPause = (id: string) => {
    const found = known.get(id);
    return found !== undefined && isPaused(found);
  };
  return { failing: ids.filter((id) => !isInPause(id)), paused: ids.filter(isInPause) };
}

function withIds(filter: WebhookListFilter, ids: readonly string[]): WebhookListFilter {
  const { ids: ofState } = filter;
  return { ...filter, ids: ofState === undefined ? ids : ids.filter((id) => ofState.includes(id)) };
}

/** Counts the matches, and the webhooks of the owner by state. */
async function count(
  deps: WebhookListDeps,
  owner: WebhookOwner,
  filter: WebhookListFilter,
  { search, ids, ...states }: ListWebhookSummariesInput,
): Promise<Pick<WebhookSummaries, 'total' | 'counts'>> {
  const counts = await countStates(deps, owner);
  if (search === undefined && ids === undefined) {
    return { counts, total: counts && toTotal(counts, states) };
  }
  const total = (await deps.webhookLists.count(filter, maxTotal + 1)) ?? Infinity;
  return { counts, total: total > maxTotal ? null : total };
}

function toTotal(counts: WebhookCounts, { state, disabledBy }: StateFilter): number {
  const { healthy, failing, paused, disabled, disabledByPlatform } = counts;
  if (disabledBy === 'platform') return disabledByPlatform;
  if (disabledBy === 'user') return disabled - disabledByPlatform;
  return state === undefined ? healthy + failing + paused + disabled : counts[state];
}

async function countStates(
  { webhookLists, health }: WebhookListDeps,
  owner: WebhookOwner,
): Promise<WebhookCounts | null> {
  const all = await webhookLists.count(owner, maxTotal + 1);
  if (all === undefined || all > maxTotal) return null;
  const [byUser, byPlatform, unhealthy] = await Promise.all([
    webhookLists.findDisabled(owner, maxTotal, 'user'),
    webhookLists.findDisabled(owner, maxTotal, 'platform'),
    findUnhealthy(health, owner),
  ]);
  const off = new Set([...byUser, ...byPlatform]);
  const [failing, paused] = await Promise.all(
    // The health of a webhook that was deleted can be stored once more.
    [unhealthy.failing, unhealthy.paused].map(async (ids) => {
      const enabled = ids.filter((id) => !off.has(id));
      return enabled.length === 0
        ? 0
        : ((await webhookLists.count({ ...owner, ids: enabled }, maxTotal)) ?? 0);
    }),
  );
  const known = { failing: failing ?? 0, paused: paused ?? 0, disabled: off.size };
  const healthy = Math.max(0, all - known.failing - known.paused - known.disabled);
  return { healthy, ...known, disabledByPlatform: byPlatform.length };
}

function toSummary(view: WebhookView, accountId: string): WebhookSummary {
  const { health } = view;
  return {
    id: view.id,
    appId: view.appId,
    accountId,
    description: view.description,
    url: view.url,
    format: view.format,
    profile: view.profile,
    events: toSummaryEvents(view.events),
    eventCount: view.events.length,
    state: health.state,
    disabledReason: view.disabledReason,
    failuresInARow: health.failuresInARow,
    failingSince: health.failingSince,
    lastFailureReason: health.lastFailureReason,
    lastDeliveryAt: view.lastDeliveryAt,
    createdAt: view.createdAt,
  };
}

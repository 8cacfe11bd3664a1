import type { EndpointHealth } from '../../domain/endpoint-health.ts';
import {
  findUnreported,
  isSettled,
  toNextWatch,
  type EndpointWatch,
  type WatchState,
} from '../../domain/endpoint-watch.ts';
import type {
  EndpointWatchStore,
  MonitorStep,
  OperationalNotice,
} from '../../domain/ports/endpoint-watch-store.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { NoticeBudget } from './notice-budget.ts';
import type { ToNotice } from './to-notice.ts';

export interface WatchEndpointsDeps {
  readonly watches: Pick<EndpointWatchStore, 'getMany' | 'listAfter' | 'findDisabled'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly health: Pick<EndpointHealthStore, 'get' | 'findFailing' | 'listAccountsWithFailing'>;
  /** Undefined: operational events are off. */
  readonly notices: { readonly toNotice: ToNotice; readonly budget: NoticeBudget } | undefined;
}

/** Endpoints that one comparison looks at: the worst ones. If there are more, also the worst ones of some accounts. */
const maxFailing = 5_000;
const accountsInTurn = 100;
const maxFailingOfAccount = 50;
const maxDisabled = 1_000;
/** Watched endpoints that one comparison looks at. The next one continues after them. */
const maxWatched = 10_000;
/** Endpoints that are compared with one read of each kind. */
const batchSize = 500;

/** A webhook can be disabled by a process whose clock is behind, or whose transaction commits late. */
const overlapMs = 5 * 60_000;

export type WatchChanges = Pick<MonitorStep, 'watches' | 'forgotten' | 'notices'>;

interface Changes {
  readonly watches: EndpointWatch[];
  readonly forgotten: string[];
  readonly notices: OperationalNotice[];
}

/**
 * Compares the watched endpoints with what is stored, and finds new ones. Reads what is bad only: an endpoint that
 * works costs nothing, and neither does the path of deliveries.
 *
 * A state that came and went between two comparisons is not seen. One that a crash left unreported is found by the next
 * comparison, in whatever process it runs.
 */
export function createWatchEndpoints(deps: WatchEndpointsDeps) {
  const { watches, webhooks, health, notices } = deps;
  const findCandidates = createFindCandidates(deps);

  async function compare(ids: readonly string[], now: number): Promise<WatchChanges> {
    const [known, stored, healths] = await Promise.all([
      watches.getMany(ids),
      webhooks.getMany(ids),
      health.get(ids),
    ]);
    const watchById = new Map(known.map((watch) => [watch.webhookId, watch]));
    const webhookById = new Map(stored.map((webhook) => [webhook.id, webhook]));
    const into: Changes = { watches: [], forgotten: [], notices: [] };
    for (const id of ids) {
      const previous = watchById.get(id);
      const webhook = webhookById.get(id);
      addChange(into, { previous, webhook, health: healths.get(id) }, now);
    }
    return into;
  }

  function addChange(
    into: Changes,
    facts: {
      readonly previous: EndpointWatch | undefined;
      readonly webhook: Webhook | undefined;
      readonly health: EndpointHealth | undefined;
    },
    now: number,
  ): void {
    const { previous, webhook } = facts;
    const next = toNextWatch(previous, facts, now);
    if (next === undefined) return;
    const reported = report(next, webhook, now, into.notices);
    const told: EndpointWatch = reported === next.reported ? next : { ...next, reported };
    if (isSettled(told)) {
      if (previous !== undefined) into.forgotten.push(told.webhookId);
    } else if (told !== previous) into.watches.push(told);
  }

  /** Returns the state that is reported from now on. A state that has no room in the budget is reported later. */
  function report(
    watch: EndpointWatch,
    webhook: Webhook | undefined,
    now: number,
    into: OperationalNotice[],
  ): WatchState {
    if (notices === undefined) return watch.state;
    const state = findUnreported(watch);
    if (state === undefined || webhook === undefined) return watch.reported;
    const notice = notices.toNotice(watch, webhook);
    // About a webhook of the operator's own app: an event about it would be sent to it.
    if (notice === undefined) return state;
    if (!notices.budget.take(watch.accountId, now)) return watch.reported;
    into.push(notice);
    return state;
  }

  return async function watchEndpoints(
    disabledUntil: number,
    now: number,
  ): Promise<WatchChanges & { readonly disabledUntil: number }> {
    const candidates = await findCandidates(disabledUntil, now);
    const all: WatchChanges[] = [];
    for (let start = 0; start < candidates.ids.length; start += batchSize) {
      all.push(await compare(candidates.ids.slice(start, start + batchSize), now));
    }
    return {
      watches: all.flatMap((changes) => changes.watches),
      forgotten: all.flatMap((changes) => changes.forgotten),
      notices: all.flatMap((changes) => changes.notices),
      disabledUntil: candidates.disabledUntil,
    };
  };
}

/** Finds the endpoints to compare: those that fail, were disabled, or are watched. */
function createFindCandidates(deps: WatchEndpointsDeps) {
  const { watches } = deps;
  const findFailing = createFindFailing(deps);
  let after: string | undefined;

  async function listWatched(): Promise<string[]> {
    const ids: string[] = [];
    do {
      const found = await watches.listAfter(after, batchSize);
      ids.push(...found.map(({ webhookId }) => webhookId));
      after = found.length < batchSize ? undefined : found.at(-1)?.webhookId;
    } while (after !== undefined && ids.length < maxWatched);
    return ids;
  }

  return async function findCandidates(disabledUntil: number, now: number) {
    const failing = await findFailing();
    const disabled = await watches.findDisabled(disabledUntil, maxDisabled);
    const watched = await listWatched();
    const last = disabled.length < maxDisabled ? undefined : disabled.at(-1);
    const ids = [...failing, ...disabled.map(({ webhookId }) => webhookId), ...watched];
    return {
      ids: [...new Set(ids)],
      disabledUntil: last?.updatedAt ?? Math.max(disabledUntil, now - overlapMs),
    };
  };
}

/** Finds the endpoints that fail. An account with many of them does not keep those of the others out. */
function createFindFailing({ health }: Pick<WatchEndpointsDeps, 'health'>) {
  let after: string | undefined;
  return async function findFailing(): Promise<string[]> {
    const worst = await health.findFailing({ excludedAppIds: [] }, maxFailing);
    if (worst.length < maxFailing) return worst;
    const accountIds = await health.listAccountsWithFailing(after, accountsInTurn);
    after = accountIds.length < accountsInTurn ? undefined : accountIds.at(-1);
    const found = [...worst];
    for (const accountId of accountIds) {
      found.push(...(await health.findFailing({ accountId, excludedAppIds: [] }, maxFailingOfAccount)));
    }
    return found;
  };
}

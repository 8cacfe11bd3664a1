import type { EventExplanation, TimelineInput, TimelinePage } from '@tocsin/shared';
import { canAccessAccount, getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { SearchStore } from '../../domain/ports/search-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { ExplainMany } from '../events/explain.ts';
import type { FindWebhook } from '../webhooks/find-webhook.ts';
import { findFields } from './find-by-value.ts';
import { toSearchValue } from './search-values.ts';

export interface TimelineDeps {
  readonly search: SearchStore;
  readonly events: Pick<EventStore, 'list'>;
  readonly accounts: Pick<AccountStore, 'getMany'>;
  readonly eventTypes: Pick<EventTypes, 'find'>;
  readonly access: Pick<AccessControl, 'requireScope' | 'requireApp' | 'narrow'>;
  readonly findWebhook: FindWebhook;
  readonly explainMany: ExplainMany;
}

/** Accounts whose events a timeline merges. Only the operator sees those of several. */
const maxAccounts = 20;

/** What a timeline is of, once the caller's access to it was checked. */
interface Subject {
  readonly value: string | undefined;
  readonly accountId: string | undefined;
  readonly appId: string | undefined;
  readonly webhook: Webhook | undefined;
  readonly excludedAppIds: readonly string[];
}

/** Returns the events with a value, of an app or of a webhook: newest first, each with its verdicts. */
export function createTimeline(deps: TimelineDeps) {
  return async function timeline(
    actor: Actor,
    input: Omit<TimelineInput, 'cursor' | 'limit'>,
    page: PageRequest,
  ): Promise<TimelinePage> {
    deps.access.requireScope(actor, 'events:read');
    const subject = await toSubject(deps, actor, input);
    const { value, webhook } = subject;
    const { events, accountIds } =
      value === undefined
        ? { events: await listEvents(deps, subject, page), accountIds: [] }
        : await listEventsWithValue(deps, { ...subject, value }, page);
    const shownAccounts = accountIds.slice(0, maxAccounts);
    const [explanations, fields, accounts] = await Promise.all([
      deps.explainMany(actor, events.items, { onlyWebhook: webhook }),
      Promise.all(
        events.items.map(async (event) => (value === undefined ? [] : await findFields(deps, event, value))),
      ),
      toAccounts(deps, actor, shownAccounts),
    ]);
    return {
      items: explanations.map((explanation: EventExplanation, index) => ({
        ...explanation,
        accountId: events.items[index]?.accountId ?? '',
        fields: fields[index] ?? [],
      })),
      nextCursor: events.nextCursor,
      accounts,
      isCapped: accountIds.length > maxAccounts,
    };
  };
}

export type Timeline = ReturnType<typeof createTimeline>;

async function toSubject(
  { access, findWebhook }: TimelineDeps,
  actor: Actor,
  { value: text, accountId, appId, webhookId }: Omit<TimelineInput, 'cursor' | 'limit'>,
): Promise<Subject> {
  if (accountId !== undefined && !canAccessAccount(actor, accountId)) {
    throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
  }
  const value = text === undefined ? undefined : toSearchValue(text);
  if (text !== undefined && value === undefined) throw fieldError('value', 'must not be blank');
  if (value === undefined && appId === undefined && webhookId === undefined) {
    throw fieldError('value', 'is missing; give a value, an appId or a webhookId');
  }
  const webhook = webhookId === undefined ? undefined : await findWebhook(actor, webhookId, 'events:read');
  if (webhook !== undefined && appId !== undefined && webhook.appId !== appId) {
    throw fieldError('webhookId', `${webhook.id} is a webhook of the app ${webhook.appId}, not of ${appId}`);
  }
  const onlyApp = webhook?.appId ?? appId ?? getAppLimit(actor);
  const owner = onlyApp === undefined ? undefined : await access.requireApp(actor, onlyApp, 'events:read');
  if (owner !== undefined && accountId !== undefined && owner !== accountId) {
    throw fieldError('accountId', `the app ${onlyApp} belongs to the account ${owner}`);
  }
  const { excludedAppIds } = await access.narrow(actor, onlyApp, 'events:read');
  return {
    value,
    accountId: owner ?? accountId ?? getAccountLimit(actor),
    appId: onlyApp,
    webhook,
    excludedAppIds,
  };
}

async function listEvents({ events }: TimelineDeps, { appId, excludedAppIds }: Subject, page: PageRequest) {
  return await events.list({ appId, excludedAppIds }, page);
}

async function listEventsWithValue(
  { search }: TimelineDeps,
  { value, accountId, appId, excludedAppIds }: Subject & { readonly value: string },
  page: PageRequest,
) {
  const accountIds =
    accountId === undefined ? await search.listAccountsWithValue(value, maxAccounts + 1) : [accountId];
  const choice = { value, accountIds: accountIds.slice(0, maxAccounts), appId, excludedAppIds };
  // Without an account, there is nothing to read.
  const events: { readonly items: readonly AcceptedEvent[]; readonly nextCursor: string | null } =
    accountIds.length === 0
      ? { items: [], nextCursor: null }
      : await search.listEventsWithValue(choice, page);
  return { events, accountIds };
}

async function toAccounts({ accounts }: TimelineDeps, actor: Actor, ids: readonly string[]) {
  const isOperator = getAccountLimit(actor) === undefined;
  const found = isOperator && ids.length > 0 ? await accounts.getMany(ids) : [];
  const names = new Map(found.map(({ id, name }) => [id, name]));
  return ids.map((id) => ({ id, name: names.get(id) ?? null }));
}

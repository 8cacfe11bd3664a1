import type { AlertRuleView, CreateAlertRuleInput, Page, UpdateAlertRuleInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { defaultAfterSeconds, defaultWaiting, maxRules, type AlertRule } from '../../domain/alert.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { AlertStore } from '../../domain/ports/alert-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toIso } from '../common/iso-time.ts';
import type { AlertOwners } from './alert-owner.ts';

export interface AlertRulesDeps {
  readonly alerts: Pick<
    AlertStore,
    'insertRule' | 'listRules' | 'getRule' | 'updateRule' | 'deleteRule' | 'getChannels' | 'countOpen'
  >;
  readonly owners: AlertOwners;
  readonly audit: Pick<AuditService, 'record'>;
  readonly ids: Pick<Ids, 'alertRule'>;
  readonly clock: Clock;
}

const maxOpenCounted = 1_000;

/** Fields of a rule that the audit log shows before and after a change. */
const audited = [
  'name',
  'channelIds',
  'afterSeconds',
  'waiting',
  'remindAfterSeconds',
  'enabled',
] as const satisfies readonly (keyof AlertRule)[];

/** Manages the rules that decide when an alert is sent. */
export function createAlertRules(deps: AlertRulesDeps) {
  const { alerts, owners, audit, clock } = deps;
  const requireChannels = createRequireChannels(deps);

  async function find(actor: Actor, id: string): Promise<AlertRule> {
    const rule = await alerts.getRule(id);
    if (!owners.canUse(actor, rule?.accountId ?? null, 'webhooks:write') || rule === undefined) {
      throw notFound(id);
    }
    return rule;
  }

  async function toViews(rules: readonly AlertRule[]): Promise<AlertRuleView[]> {
    const counts = await alerts.countOpen(
      rules.map(({ id }) => id),
      maxOpenCounted,
    );
    return rules.map((rule) => toRuleView(rule, counts.get(rule.id) ?? 0));
  }

  return {
    create: createCreateRule(deps, requireChannels),

    async list(
      actor: Actor,
      filter: { readonly accountId?: string | undefined },
      page: PageRequest,
    ): Promise<Page<AlertRuleView>> {
      const owner = await owners.resolve(actor, filter.accountId, 'webhooks:read');
      const { items, nextCursor } = await alerts.listRules(owner, page);
      return { items: await toViews(items), nextCursor };
    },

    async update(actor: Actor, { id, ...input }: UpdateAlertRuleInput): Promise<AlertRuleView> {
      const rule = await find(actor, id);
      if (input.channelIds !== undefined) await requireChannels(input.channelIds, rule.accountId);
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
      const updated = await alerts.updateRule(id, { ...given, updatedAt: clock.now() });
      if (updated === undefined) throw notFound(id);
      await audit.record(actor, {
        action: 'alert_rule.updated',
        accountId: rule.accountId,
        targetId: id,
        targetName: updated.name,
        changes: toChanges(rule, updated),
      });
      const [view] = await toViews([updated]);
      return view ?? toRuleView(updated, 0);
    },

    async delete(actor: Actor, id: string): Promise<{ id: string; deleted: true }> {
      const { accountId, name } = await find(actor, id);
      if (!(await alerts.deleteRule(id))) throw notFound(id);
      await audit.record(actor, { action: 'alert_rule.deleted', accountId, targetId: id, targetName: name });
      return { id, deleted: true };
    },
  };
}

export type AlertRuleService = ReturnType<typeof createAlertRules>;

type RequireChannels = (ids: readonly string[], owner: string | null) => Promise<void>;

/** A channel of another owner is missing, so that its id cannot be probed. */
function createRequireChannels({ alerts }: AlertRulesDeps): RequireChannels {
  return async function requireChannels(ids, owner) {
    const found = await alerts.getChannels(ids);
    const own = new Set(found.filter(({ accountId }) => accountId === owner).map(({ id }) => id));
    const missing = ids.find((id) => !own.has(id));
    if (missing !== undefined) throw fieldError('channelIds', `no alert channel ${missing} of this owner`);
  };
}

function createCreateRule(
  { alerts, owners, audit, ids, clock }: AlertRulesDeps,
  requireChannels: RequireChannels,
) {
  return async function createRule(actor: Actor, input: CreateAlertRuleInput): Promise<AlertRuleView> {
    const owner = await owners.resolve(actor, input.accountId, 'webhooks:write');
    owners.requireAllowed(owner);
    const { accountId: _, afterSeconds, waiting, ...given } = input;
    if (owner !== null && given.kind === 'lag') {
      throw fieldError('kind', 'lag is about the whole installation; only the operator can watch it');
    }
    await requireChannels(given.channelIds, owner);
    const now = clock.now();
    const rule: AlertRule = {
      id: ids.alertRule(),
      accountId: owner,
      ...given,
      afterSeconds: afterSeconds ?? defaultAfterSeconds[given.kind],
      waiting: waiting ?? defaultWaiting,
      createdAt: now,
      updatedAt: now,
    };
    const limit = owner === null ? maxRules.operator : maxRules.account;
    if (!(await alerts.insertRule(rule, limit))) {
      throw apiError('QUOTA_EXCEEDED', `there are already ${limit} alert rules; delete one`);
    }
    await audit.record(actor, {
      action: 'alert_rule.created',
      accountId: owner,
      targetId: rule.id,
      targetName: rule.name,
      details: { kind: rule.kind },
    });
    return toRuleView(rule, 0);
  };
}

function toRuleView(rule: AlertRule, open: number): AlertRuleView {
  const { createdAt, updatedAt, channelIds, ...same } = rule;
  return {
    ...same,
    channelIds: [...channelIds],
    open,
    createdAt: toIso(createdAt),
    updatedAt: toIso(updatedAt),
  };
}

function toChanges(before: AlertRule, after: AlertRule) {
  return audited.flatMap((field) => {
    const [from, to] = [before[field], after[field]].map((value) =>
      typeof value === 'object' && value !== null ? [...value] : value,
    );
    const isSame = JSON.stringify(from) === JSON.stringify(to);
    return isSame ? [] : [{ field, before: from ?? null, after: to ?? null }];
  });
}

function notFound(id: string) {
  return apiError('NOT_FOUND', `no alert rule ${id}`);
}

import {
  maxSnoozeDays,
  type CountIncidentsInput,
  type IncidentCounts,
  type IncidentFilter,
  type IncidentView,
  type NoteIncidentInput,
  type Page,
  type SnoozeIncidentInput,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident.ts';
import type { IncidentChange, IncidentStore } from '../../domain/ports/incident-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIsoOrNull } from '../common/iso-time.ts';
import type { IncidentViews } from './incident-views.ts';
import { narrowToAccount } from './narrow-to-account.ts';

export interface IncidentServiceDeps {
  readonly incidents: IncidentStore;
  readonly views: IncidentViews;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
}

/** Open incidents that a count reads. */
const maxCounted = 1_000;

const dayMs = 24 * 60 * 60_000;

/** Failed attempts, grouped by webhook, reason and status. */
export function createIncidentService({ incidents, views, access, audit, clock }: IncidentServiceDeps) {
  async function find(actor: Actor, id: string): Promise<Incident> {
    const incident = await incidents.get(id);
    if (incident === undefined || !(await access.canSee(actor, incident))) {
      throw apiError('NOT_FOUND', `no incident ${id}`);
    }
    return incident;
  }

  async function change(actor: Actor, id: string, fields: IncidentChange): Promise<IncidentView> {
    access.requireScope(actor, 'webhooks:write');
    const before = await find(actor, id);
    const after = await incidents.update(id, fields);
    if (after === undefined) throw apiError('NOT_FOUND', `no incident ${id}`);
    const isSnooze = fields.snoozedUntil !== undefined;
    await audit.record(actor, {
      action: isSnooze ? 'incident.snoozed' : 'incident.noted',
      accountId: after.accountId,
      appId: after.appId,
      targetId: id,
      details: { webhookId: after.webhookId },
      changes: isSnooze
        ? [
            {
              field: 'snoozedUntil',
              before: toIsoOrNull(before.snoozedUntil),
              after: toIsoOrNull(after.snoozedUntil),
            },
          ]
        : [{ field: 'note', before: before.note, after: after.note }],
    });
    return await views.getView(after, actor);
  }

  return {
    /** Lists incidents that the caller may see, the worst first. */
    async list(
      actor: Actor,
      { appId, accountId, webhookId, state }: IncidentFilter,
      page: PageRequest,
    ): Promise<Page<IncidentView>> {
      const visibility = await narrowToAccount(access, actor, { appId, accountId }, 'deliveries:read');
      const found = await incidents.list({ ...visibility, webhookId, state }, clock.now(), page);
      return { items: await views.getViews(found.items, actor), nextCursor: found.nextCursor };
    },

    async get(actor: Actor, id: string): Promise<IncidentView> {
      access.requireScope(actor, 'deliveries:read');
      return await views.getView(await find(actor, id), actor);
    },

    async count(actor: Actor, input: CountIncidentsInput): Promise<IncidentCounts> {
      const visibility = await narrowToAccount(access, actor, input, 'deliveries:read');
      return await incidents.countOpen(visibility, clock.now(), maxCounted);
    },

    /**
     * Marks an incident as needing no attention until a time.
     *
     * @throws INVALID_INPUT if the time is past or too far ahead
     */
    async snooze(actor: Actor, { id, until }: SnoozeIncidentInput): Promise<IncidentView> {
      const snoozedUntil = until === null ? null : toSnooze(until, clock.now());
      return await change(actor, id, { snoozedUntil, snoozedByOperator: actor.kind === 'root' });
    },

    async note(actor: Actor, { id, note }: NoteIncidentInput): Promise<IncidentView> {
      return await change(actor, id, { note });
    },
  };
}

export type IncidentService = ReturnType<typeof createIncidentService>;

function toSnooze(until: string, now: number): number {
  const at = Date.parse(until);
  if (at <= now) throw fieldError('until', `${until} is past; give a time that is still to come`);
  if (at > now + maxSnoozeDays * dayMs) {
    throw fieldError('until', `${until} is more than ${maxSnoozeDays} days ahead; give an earlier time`);
  }
  return at;
}

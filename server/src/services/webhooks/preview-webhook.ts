import type { Preview, PreviewInput } from '@tocsin/shared';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { getAccountLimit, type Actor } from '../../domain/access.ts';
import { fieldError } from '../../domain/errors.ts';
import {
  findVersion,
  getLatestVersion,
  isReachable,
  type EventType,
  type EventTypeVersion,
} from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { RenderPreview } from '../../domain/ports/sending.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { render } from '../event-types/render-versions.ts';
import { toUnknownEventError } from '../event-types/require-event-type.ts';

export interface PreviewDeps {
  readonly access: AccessControl;
  readonly eventTypes: Pick<EventTypes, 'find' | 'listNames'>;
  readonly render: RenderPreview;
}

/** The timestamp of the examples in the docs. */
const exampleTime = '2025-06-15T14:30:00.000Z';

export function createPreviewWebhook({ access, eventTypes, render }: PreviewDeps) {
  return async function preview(
    actor: Actor,
    { format, event: type, version, profile }: PreviewInput,
  ): Promise<Preview> {
    access.requireScope(actor, 'webhooks:read');
    const accountId = getAccountLimit(actor) ?? defaultAccountId;
    const eventType = await eventTypes.find(accountId, type);
    if (eventType === undefined) {
      throw toUnknownEventError(type, 'event', await eventTypes.listNames(accountId, type));
    }
    const { example, presentation } = findPreviewed(eventType, version);
    const event = {
      id: `evt_${'0'.repeat(26)}`,
      appId: typeof example['appId'] === 'string' ? example['appId'] : exampleAppId,
      accountId: '',
      type,
      timestamp: exampleTime,
      dataText: toPreviewedText(eventType, version, JSON.stringify(example)),
      idempotencyKey: undefined,
      acceptedAt: Date.parse(exampleTime),
      targets: [],
      traceparent: undefined,
      presentation,
    };
    return { format, body: render(event, format, profile) };
  };
}

/** The definition that a preview shows: that of a version, or the newest one, which can be rendered as an older one. */
function findPreviewed(eventType: EventType, version: number | undefined): EventTypeVersion {
  const latest = getLatestVersion(eventType);
  if (version === undefined) return latest;
  const found = findVersion(eventType, version);
  if (found !== undefined) return found;
  if (isReachable(eventType, version)) return latest;
  throw fieldError('version', `${eventType.name} has no version ${version}`);
}

function toPreviewedText(eventType: EventType, version: number | undefined, text: string): string {
  const isOlder = version !== undefined && findVersion(eventType, version) === undefined;
  return isOlder ? render(eventType, version, text) : text;
}

/** Shown for types whose data has no `appId`. */
const exampleAppId = 'app_xyz789';

export type PreviewWebhook = ReturnType<typeof createPreviewWebhook>;

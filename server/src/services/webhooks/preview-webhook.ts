import type { Preview, PreviewInput } from '@tocsin/shared';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { getAccountLimit, type Actor } from '../../domain/access.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { RenderPreview } from '../../domain/ports/sending.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toUnknownEventError } from '../event-types/require-event-type.ts';
import { findExample } from './find-example.ts';

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
    const { example, dataText, presentation } = findExample(eventType, version);
    const event = {
      id: `evt_${'0'.repeat(26)}`,
      appId: typeof example['appId'] === 'string' ? example['appId'] : exampleAppId,
      accountId: '',
      type,
      timestamp: exampleTime,
      dataText,
      idempotencyKey: undefined,
      acceptedAt: Date.parse(exampleTime),
      targets: [],
      traceparent: undefined,
      presentation,
    };
    return { format, body: render(event, format, profile) };
  };
}

/** Shown for types whose data has no `appId`. */
const exampleAppId = 'app_xyz789';

export type PreviewWebhook = ReturnType<typeof createPreviewWebhook>;

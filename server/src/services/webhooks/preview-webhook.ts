import { getEventDefinition, type Preview, type PreviewInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { RenderPreview } from '../../domain/ports/sending.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface PreviewDeps {
  readonly access: AccessControl;
  readonly render: RenderPreview;
}

/** The timestamp of the examples in the docs. */
const exampleTime = '2025-06-15T14:30:00.000Z';

export function createPreviewWebhook({ access, render }: PreviewDeps) {
  return function preview(actor: Actor, { format, event: type, profile }: PreviewInput): Preview {
    access.requireScope(actor, 'webhooks:read');
    const { example } = getEventDefinition(type);
    const event = {
      id: `evt_${'0'.repeat(26)}`,
      appId: String(example['appId']),
      accountId: '',
      type,
      timestamp: exampleTime,
      dataText: JSON.stringify(example),
      idempotencyKey: undefined,
      acceptedAt: Date.parse(exampleTime),
      targets: [],
      traceparent: undefined,
    };
    return { format, body: render(event, format, profile) };
  };
}

export type PreviewWebhook = ReturnType<typeof createPreviewWebhook>;

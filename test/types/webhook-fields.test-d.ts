import type { CreateWebhookInput } from '@tocsin/shared';
import { describe, expectTypeOf, it } from 'vitest';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import type {
  toChangedFields,
  toNewFields,
  WebhookPatch,
} from '../../server/src/services/webhooks/webhook-fields.ts';

type NewFields = Awaited<ReturnType<typeof toNewFields>>;
type ChangedFields = Awaited<ReturnType<typeof toChangedFields>>;
interface Added {
  readonly timeoutMs?: number | undefined;
}

describe('the fields of a webhook', () => {
  it('have a row for each field of webhooks.create', () => {
    expectTypeOf<NewFields>().toExtend<Pick<Webhook, keyof CreateWebhookInput>>();
    expectTypeOf<keyof NewFields>().toEqualTypeOf<keyof CreateWebhookInput>();
  });

  it('have a row for each field that webhooks.update changes', () => {
    expectTypeOf<keyof ChangedFields>().toEqualTypeOf<keyof WebhookPatch>();
  });

  it('do not compile without a row for a field that is added', () => {
    expectTypeOf<NewFields>().not.toExtend<Record<keyof (CreateWebhookInput & Added), unknown>>();
    expectTypeOf<ChangedFields>().not.toExtend<Record<keyof (WebhookPatch & Added), unknown>>();
  });
});

import type { CreateWebhookInput, WebhookView } from '@tocsin/shared';
import { describe, expectTypeOf, it } from 'vitest';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import type {
  toWebhookChange,
  toWebhookInput,
  WebhookDraft,
} from '../../admin/src/features/webhooks/form/webhook-draft.ts';
import type {
  toChangedFields,
  toNewFields,
  WebhookPatch,
} from '../../server/src/services/webhooks/webhook-fields.ts';

type NewFields = Awaited<ReturnType<typeof toNewFields>>;
type ChangedFields = Awaited<ReturnType<typeof toChangedFields>>;
/** The fields of a webhook that `webhooks.create` sets. */
type CreatedField = Exclude<keyof CreateWebhookInput, 'idempotencyKey'>;
interface Added {
  readonly timeoutMs?: number | undefined;
}

describe('the fields of a webhook', () => {
  it('have a row for each field of webhooks.create', () => {
    expectTypeOf<NewFields>().toExtend<Omit<Pick<Webhook, CreatedField>, 'headers' | 'clientCertificate'>>();
    expectTypeOf<keyof NewFields>().toEqualTypeOf<CreatedField>();
  });

  it('have a row for each field that webhooks.update changes', () => {
    expectTypeOf<keyof ChangedFields>().toEqualTypeOf<keyof WebhookPatch>();
  });

  it('can be read back, each of them', () => {
    expectTypeOf<CreatedField>().toExtend<keyof WebhookView>();
  });

  it('of the form reach the server, each of them', () => {
    expectTypeOf<keyof WebhookDraft>().toExtend<
      | keyof (ReturnType<typeof toWebhookInput> & ReturnType<typeof toWebhookChange>)
      | 'description'
      | 'storedCertificate'
    >();
    expectTypeOf<CreatedField>().toExtend<
      // Versions are pinned over the API.
      keyof WebhookDraft | 'appId' | 'eventVersions'
    >();
  });

  it('do not compile without a row for a field that is added', () => {
    expectTypeOf<NewFields>().not.toExtend<Record<keyof (CreateWebhookInput & Added), unknown>>();
    expectTypeOf<ChangedFields>().not.toExtend<Record<keyof (WebhookPatch & Added), unknown>>();
  });
});

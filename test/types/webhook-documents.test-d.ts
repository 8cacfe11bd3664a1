import { describe, expectTypeOf, it } from 'vitest';
import type { WebhookChange } from '../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import type {
  StoredFields,
  toWebhook,
  toWebhookDoc,
  toWebhookFields,
} from '../../server/src/store/mongo/documents/webhook.ts';

/** A field that callers could set, but that has no mapping. */
interface Added {
  readonly timeoutMs?: number | undefined;
}

describe('the mapping of webhooks', () => {
  it('stores and reads every field', () => {
    expectTypeOf<typeof toWebhookDoc>().returns.toExtend<StoredFields<Omit<Webhook, 'id'>>>();
    expectTypeOf<typeof toWebhook>().returns.toExtend<Required<Webhook>>();
  });

  it('stores every field of a change', () => {
    expectTypeOf<typeof toWebhookFields>().returns.toExtend<StoredFields<WebhookChange>>();
  });

  it('does not compile without a field that is added', () => {
    expectTypeOf<typeof toWebhookDoc>().returns.not.toExtend<StoredFields<Omit<Webhook, 'id'> & Added>>();
    expectTypeOf<typeof toWebhook>().returns.not.toExtend<Required<Webhook & Added>>();
    expectTypeOf<typeof toWebhookFields>().returns.not.toExtend<StoredFields<WebhookChange & Added>>();
  });

  it('does not compile if the document lacks the field', () => {
    expectTypeOf<StoredFields<Added>['timeoutMs']>().toBeNever();
  });
});

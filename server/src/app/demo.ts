import { isProvenBy } from '../delivery/request/signing/verify-request.ts';
import { createSigningSecrets } from '../delivery/request/signing-secrets.ts';
import { openUrl } from '../domain/webhook-endpoint.ts';
import type { Webhook } from '../domain/webhook.ts';
import { DemoReceiver, type DemoRequest, type DemoSender } from '../services/demo/demo-receiver.ts';
import type { Sending } from './engine.ts';
import type { Foundation } from './foundation.ts';
import type { AppOptions } from './options.ts';

/** The path of the demo receiver. */
const demoPath = '/demo';

/** Webhooks that are tried for each delivery. An installation for a first try has few. */
const maxWebhooks = 100;

/** Creates the receiver at `/demo`, unless it is off. It verifies with the stored secrets of its webhooks. */
export function createDemoReceiver(
  { isDemoOpen }: Pick<AppOptions, 'isDemoOpen'>,
  { clock, stores, log }: Pick<Foundation, 'clock' | 'stores' | 'log'>,
  { secretBox }: Pick<Sending, 'secretBox'>,
): DemoReceiver | undefined {
  if (isDemoOpen !== true) return undefined;
  const isProven = (webhook: Webhook, request: DemoRequest): boolean => {
    try {
      if (new URL(openUrl(secretBox, webhook)).pathname !== demoPath) return false;
      const { secrets } = createSigningSecrets(webhook, secretBox)(clock.now());
      return isProvenBy(secrets, webhook.profile, request);
    } catch {
      // No key decrypts this webhook.
      return false;
    }
  };
  const verify = async (request: DemoRequest): Promise<DemoSender | undefined> => {
    try {
      const webhooks = await stores.webhooks.listAfterApp(undefined, maxWebhooks);
      const sender = webhooks.find((webhook) => isProven(webhook, request));
      return sender === undefined ? undefined : { webhookId: sender.id, profile: sender.profile };
    } catch (error) {
      log.warn({ err: error }, 'the demo receiver could not verify a delivery');
      return undefined;
    }
  };
  return new DemoReceiver({ verify, now: () => clock.now() });
}

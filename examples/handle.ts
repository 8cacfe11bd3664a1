import type { WebhookEvent } from '@tocsin/client/receiver';

/** The handler of all example receivers: one case for each event of interest. */
export function handle(event: WebhookEvent): void {
  // Delivery is at-least-once. A real handler stores event.id and skips duplicates.
  switch (event.type) {
    case 'license.revoked':
      console.log(`lock ${event.data.licenseKey}`);
      break;
    case 'user.ban':
      console.log(`lock out ${event.data.username}: ${event.data.reason}`);
      break;
    case 'unknown':
      // A type or a shape that this version of the package does not know. Return 200, because the event is valid.
      console.log(`unknown event type: ${event.eventType}`);
      break;
    default:
      console.log(`ignored: ${event.type}`);
  }
}

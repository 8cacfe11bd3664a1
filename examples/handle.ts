import type { WebhookEvent } from '@tocsin/client/receiver';

/** What the receivers have in common: one case for each event they care for. */
export function handle(event: WebhookEvent): void {
  // A duplicate is possible: remember event.id, and do nothing the second time.
  switch (event.type) {
    case 'license.revoked':
      console.log(`lock ${event.data.licenseKey}`);
      break;
    case 'user.ban':
      console.log(`lock out ${event.data.username}: ${event.data.reason}`);
      break;
    case 'unknown':
      // Newer than this package. Answering 200 is right: nothing is wrong with it.
      console.log(`not known yet: ${event.eventType}`);
      break;
    default:
      console.log(`no interest in ${event.type}`);
  }
}

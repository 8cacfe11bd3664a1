import { client } from '../../../lib/trpc.ts';

/** Calls that send a large backlog. A call handles tens of thousands of deliveries. */
const maxCalls = 100;

/** Makes all waiting deliveries of a webhook due now. Returns their number. */
export async function sendWaiting(webhookId: string): Promise<number> {
  let sent = 0;
  for (let calls = 0; calls < maxCalls; calls++) {
    const { count, remaining } = await client.webhooks.sendWaiting.mutate({ id: webhookId });
    sent += count;
    if (remaining === 0 || count === 0) break;
  }
  return sent;
}

import { expect, it } from 'vitest';
import { maskUrl } from '@tocsin/shared';
import type { DestinationName } from '../../../server/src/delivery/destinations/destination.ts';
import { createScrubber } from '../../../server/src/telemetry/scrub.ts';

const token = 'Zk3PvQ8sT1uW5xY7';

/** A webhook URL of each chat service. Its token is a credential, so a service without a row does not compile. */
const webhookUrls = {
  discord: `https://discord.com/api/webhooks/1234567890/${token}`,
  slack: `https://hooks.slack.com/services/T0000/B0000/${token}`,
  'slack-workflow': `https://hooks.slack.com/triggers/T0000/1234/${token}`,
  teams: `https://prod-1.westeurope.logic.azure.com/workflows/0123/triggers/manual/paths/invoke?api-version=1&sig=${token}`,
} satisfies Record<DestinationName, string>;

it.each(Object.entries(webhookUrls))(
  'the token in a webhook URL of %s stays out of the log',
  (_name, url) => {
    expect(createScrubber([])(`request to ${url} failed`)).not.toContain(token);
  },
);

it.each(Object.entries(webhookUrls))('the token in a webhook URL of %s is masked', (_name, url) => {
  expect(maskUrl(url)).not.toContain(token);
});

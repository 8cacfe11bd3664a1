import { expect, test } from 'vitest';
import { destinations } from '../../../../server/src/delivery/destinations/registry.ts';

test.for([
  ['https://discord.com/api/webhooks/1/a', 'https://discord.com/api/v10/webhooks/1/a?wait=true'],
  ['https://ptb.discordapp.com/api/v6/webhooks/1/a/', 'https://discord.com/api/v10/webhooks/1/a?wait=true'],
  [
    'https://discord.com/api/webhooks/1/a?wait=false&thread_id=42&with_components=true',
    'https://discord.com/api/v10/webhooks/1/a?wait=true&thread_id=42',
  ],
  [
    'https://discord.com/api/webhooks/1/a?thread_id=4%262',
    'https://discord.com/api/v10/webhooks/1/a?wait=true&thread_id=4%262',
  ],
  ['https://discord.com/api/webhooks/1/a/slack', 'https://discord.com/api/v10/webhooks/1/a?wait=true'],
] as const)('a Discord message for %s is sent to %s', ([given, used]) => {
  expect(destinations.discord.requestUrl(new URL(given)).href).toBe(used);
});

test.for(['http://127.0.0.1:3000/api/webhooks/1/a?x=1', 'https://proxy.example/discord'])(
  'the format discord does not change the URL %s',
  (url) => {
    expect(destinations.discord.requestUrl(new URL(url)).href).toBe(url);
  },
);

test.for(['slack', 'slack-workflow', 'teams'] as const)('the format %s does not change any URL', (format) => {
  const url = 'https://discord.com/api/webhooks/1/a/slack?wait=false';
  expect(destinations[format].requestUrl(new URL(url)).href).toBe(url);
});

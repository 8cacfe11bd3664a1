import { expect, test } from 'vitest';
import { destinationUrl } from '../../../../server/src/delivery/destinations/destination-url.ts';

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
] as const)('a Discord message for %s goes to %s', ([given, used]) => {
  expect(destinationUrl('discord', new URL(given))).toBe(used);
});

test.for(['http://127.0.0.1:3000/api/webhooks/1/a?x=1', 'https://proxy.example/discord'])(
  'the format discord leaves %s as it was given',
  (url) => {
    expect(destinationUrl('discord', new URL(url))).toBe(url);
  },
);

test.for(['json', 'slack', 'slack-workflow', 'teams'] as const)(
  'the format %s leaves every URL as it was given',
  (format) => {
    const url = 'https://discord.com/api/webhooks/1/a/slack?wait=false';
    expect(destinationUrl(format, new URL(url))).toBe(url);
  },
);

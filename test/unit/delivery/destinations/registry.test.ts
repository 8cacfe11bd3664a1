import { describe, expect, test } from 'vitest';
import {
  destinations,
  findDestination,
  resolveFormat,
} from '../../../../server/src/delivery/destinations/registry.ts';

function auto(url: string) {
  return resolveFormat('auto', new URL(url));
}

describe('the format `auto`', () => {
  test.for([
    'https://discord.com/api/webhooks/1234567890/abcdefg', // the example in Authon's document
    'https://discord.com/api/v10/webhooks/1012345678901234567/Ab-9_x',
    'https://discord.com/api/v9/webhooks/1/a/',
    'https://DISCORD.com/api/webhooks/1/a',
    'https://discord.com:443/api/webhooks/1/a',
    'https://discordapp.com/api/webhooks/1/a',
    'https://ptb.discord.com/api/webhooks/1/a?thread_id=5',
    'https://canary.discordapp.com/api/webhooks/1/a',
  ])('selects Discord for %s', (url) => {
    expect(auto(url)).toBe('discord');
  });

  test.for([
    'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    'https://hooks.slack.com/services/T1/X22/y/',
    'https://hooks.slack-gov.com/services/T1/B2/y',
    'https://discord.com/api/webhooks/1/a/slack',
  ])('selects Slack for %s', (url) => {
    expect(auto(url)).toBe('slack');
  });

  test.for(['https://hooks.slack.com/workflows/T1/A2/3/4', 'https://hooks.slack.com/triggers/T1/2/3'])(
    'selects a Slack workflow for %s',
    (url) => {
      expect(auto(url)).toBe('slack-workflow');
    },
  );

  test.for([
    'https://example.com/api/webhooks/1234567890/abcdefg',
    'https://discord.com.evil.example/api/webhooks/1/a',
    'https://evildiscord.com/api/webhooks/1/a',
    'https://status.discord.com/api/webhooks/1/a',
    'https://discord.com:8443/api/webhooks/1/a',
    'http://discord.com/api/webhooks/1/a',
    'https://discord.com/api/webhooks/abc/a',
    'https://discord.com/api/webhooks/1/a/b',
    'https://discord.com/api/webhooks/1',
    'https://discord.com/api/webhooks/1/a/github',
    'https://hooks.slack.com/services/T1/B2',
    'https://hooks.slack.com/services/T1/B2/y/z',
    'https://hooks.slack.com.evil.example/services/T1/B2/y',
    'https://slack.com/services/T1/B2/y',
    'https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x',
  ])('selects JSON for %s', (url) => {
    expect(auto(url)).toBe('json');
  });
});

describe('an explicit format', () => {
  test.for(['json', 'discord', 'slack', 'teams'] as const)('applies to any URL: %s', (format) => {
    expect(resolveFormat(format, new URL('http://127.0.0.1:3000/hook'))).toBe(format);
  });

  test('takes precedence over the URL', () => {
    expect(resolveFormat('json', new URL('https://discord.com/api/webhooks/1/a'))).toBe('json');
  });

  test.for(['json', 'discord', 'teams'] as const)('%s stays for a workflow URL of Slack', (format) => {
    expect(resolveFormat(format, new URL('https://hooks.slack.com/triggers/T1/2/3'))).toBe(format);
  });

  test('slack selects a Slack workflow for a workflow URL, which rejects blocks', () => {
    expect(resolveFormat('slack', new URL('https://hooks.slack.com/triggers/T1/2/3'))).toBe('slack-workflow');
  });
});

describe('a URL that only resembles a chat service’s', () => {
  test.for([
    'https://discord.com/x/api/webhooks/1/a',
    'https://discord.com/api/v100/webhooks/1/a',
    'https://discord.com/api/v/webhooks/1/a',
    'https://discord.com/api/webhooks/1/a/github',
    'https://hooks.slack.com/x/services/T1/B2/y',
    'https://hooks.slack.com/x/triggers/T1/2/3',
    'https://hooks.slack.com/triggers/T1/2/3/4/5',
    'https://hooks.slack.com/triggers/T1/2',
    'https://example.com/triggers/T1/2/3',
    'https://example.com/services/T1/B2/y',
    'http://hooks.slack.com/services/T1/B2/y',
    'http://hooks.slack.com/triggers/T1/2/3',
    'https://hooks.slack.com:8443/services/T1/B2/y',
  ])('is sent JSON: %s', (url) => {
    expect(auto(url)).toBe('json');
  });
});

test.for([
  'https://hooks.slack.com/triggers/T111/222/333/',
  'https://hooks.slack.com/triggers/T111/222/333/444',
  'https://hooks.slack-gov.com/workflows/T111/A222/333/444/',
])('a Slack workflow is recognized with one part more, or a slash at its end: %s', (url) => {
  expect(auto(url)).toBe('slack-workflow');
});

test('at most one destination matches a URL, so their order does not matter', () => {
  const urls = [
    'https://discord.com/api/webhooks/1/a',
    'https://discord.com/api/webhooks/1/a/slack',
    'https://discord.com/api/webhooks/1/a/github',
    'https://hooks.slack.com/services/T1/B2/y',
    'https://hooks.slack.com/workflows/T1/A2/3/4',
    'https://hooks.slack.com/triggers/T1/2/3',
  ];
  const counts = urls.map(
    (url) => Object.values(destinations).filter((destination) => destination.matches(new URL(url))).length,
  );
  expect(counts).toEqual([1, 1, 0, 1, 1, 1]);
});

test('JSON is no destination', () => {
  expect(findDestination('json')).toBeUndefined();
  expect(findDestination('teams')).toBe(destinations.teams);
});

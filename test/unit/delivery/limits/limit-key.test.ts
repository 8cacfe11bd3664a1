import { describe, expect, test } from 'vitest';
import {
  toAccountKey,
  toAddressKey,
  toRouteKey,
  toServiceName,
} from '../../../../server/src/delivery/limits/limit-key.ts';

const toService = (url: string) => toServiceName(new URL(url));
const toRoute = (url: string) => toRouteKey(new URL(url));

describe('the key of a limit', () => {
  test.for(['discord.com', 'ptb.discord.com', 'canary.discordapp.com', 'discordapp.com'])(
    'has the same service for %s as for all hosts of Discord',
    (host) => {
      expect(toService(`https://${host}/api/webhooks/1/a`)).toBe('discord.com');
    },
  );

  test('has the host and port of any other service', () => {
    expect(toService('https://hooks.slack.com/services/T/B/x')).toBe('hooks.slack.com');
    expect(toService('http://discord.com/api/webhooks/1/a')).not.toBe(toService('http://discord.com:81/'));
    expect(toService('http://127.0.0.1:8080/x')).toBe('127.0.0.1:8080');
    expect(toService('https://discord.com.example.com/x')).toBe('discord.com.example.com');
  });

  test('tells addresses and accounts apart', () => {
    expect(toAddressKey('a')).toBe('address:a');
    expect(toAccountKey('a', 'acc_1')).toBe('account:acc_1:a');
  });

  test('names one webhook of Discord whatever the host, the version, the body and the thread', () => {
    const urls = [
      'https://discord.com/api/webhooks/1/secret',
      'https://discord.com/api/v10/webhooks/1/secret?wait=true&thread_id=7',
      'https://ptb.discord.com/api/webhooks/1/secret/slack',
    ];
    expect(new Set(urls.map(toRoute)).size).toBe(1);
    expect(toRoute('https://discord.com/api/webhooks/2/secret')).not.toBe(toRoute(urls[0] ?? ''));
    expect(toRoute('https://discord.com/api/webhooks/1/other')).not.toBe(toRoute(urls[0] ?? ''));
  });

  test('tells webhooks of a service apart by path, not by query', () => {
    const [first, second] = ['https://a.example/x', 'https://a.example/y'];
    expect(toRoute(`${first}?q=1`)).toBe(toRoute(`${first}?q=2`));
    expect(toRoute(first ?? '')).not.toBe(toRoute(second ?? ''));
    expect(toRoute('https://b.example/x')).not.toBe(toRoute(first ?? ''));
  });

  test('contains no part of the URL, which is a credential', () => {
    expect(toRoute('https://discord.com/api/webhooks/1/secret')).toMatch(/^route:[\w-]{22}$/);
    expect(toRoute('https://discord.com/api/webhooks/1/secret')).not.toContain('secret');
  });
});

import type { TestApp } from '../support/app.ts';

/** Creates alert channels and rules of the operator, with a test message that fails. */
export async function createSampleAlerts({ call }: Pick<TestApp, 'call'>): Promise<void> {
  const chat = { name: '#operations', kind: 'slack', target: 'http://127.0.0.1:9/services/T0/B0/secret' };
  const { id } = await call('alertChannels.create', chat);
  await call('alertChannels.create', {
    name: 'Pager of the team on call with a rather long name',
    kind: 'webhook',
    target: 'http://127.0.0.1:9/integration/0123456789abcdef0123456789abcdef/enqueue',
  });
  const rules = [
    { name: 'Disabled webhooks', kind: 'disabled' },
    { name: 'About to be disabled', kind: 'disable_warning' },
    { name: 'Failing for ten minutes', kind: 'failing' },
    { name: 'Backlog', kind: 'backlog', enabled: false },
  ];
  for (const rule of rules) await call('alertRules.create', { ...rule, channelIds: [id] });
  await call('alertChannels.test', { id });
}

import type { TestApp } from './app.ts';

/** A channel and a rule of an account. */
export interface AlertObjects {
  readonly channelId: string;
  readonly ruleId: string;
}

const toChannel = (accountId: string) => ({
  accountId,
  name: 'C',
  kind: 'webhook',
  target: 'http://127.0.0.1:9/alerts',
});

export async function makeAlertObjects(
  app: Pick<TestApp, 'call'>,
  accountId: string,
  target: string,
): Promise<AlertObjects> {
  const { id: channelId } = await app.call('alertChannels.create', { ...toChannel(accountId), target });
  const rule = { accountId, name: 'R', kind: 'failing', channelIds: [channelId] };
  const { id: ruleId } = await app.call('alertRules.create', rule);
  return { channelId, ruleId };
}

/** Inputs of the procedures of alerts. Removes what earlier calls made, because an account may have few of them. */
export function createAlertInputs(
  app: Pick<TestApp, 'call' | 'db'>,
  get: () => AlertObjects & { readonly accountId: string },
): Record<string, () => unknown> {
  const makeRoom = async () => {
    const { channelId, ruleId } = get();
    await app.db.collection<{ _id: string }>('alert_channels').deleteMany({ _id: { $ne: channelId } });
    await app.db.collection<{ _id: string }>('alert_rules').deleteMany({ _id: { $ne: ruleId } });
  };
  const aChannel = () => toChannel(get().accountId);
  const aRule = () => {
    const { accountId, channelId } = get();
    return { accountId, name: 'R', kind: 'failing', channelIds: [channelId] };
  };
  return {
    'alertChannels.create': async () => {
      await makeRoom();
      return aChannel();
    },
    'alertChannels.list': () => ({ accountId: get().accountId }),
    'alertChannels.update': () => ({ id: get().channelId, name: 'changed' }),
    'alertChannels.delete': async () => {
      await makeRoom();
      return { id: (await app.call('alertChannels.create', aChannel())).id };
    },
    'alertChannels.test': () => ({ id: get().channelId }),
    'alertRules.create': async () => {
      await makeRoom();
      return aRule();
    },
    'alertRules.list': () => ({ accountId: get().accountId }),
    'alertRules.update': () => ({ id: get().ruleId, name: 'changed' }),
    'alertRules.delete': async () => {
      await makeRoom();
      return { id: (await app.call('alertRules.create', aRule())).id };
    },
    'alerts.history': () => ({ accountId: get().accountId }),
    'alerts.settings': () => undefined,
  };
}

import { describe, expect, it } from 'vitest';
import { maskText, type CreateAlertChannelInput, type CreateAlertRuleInput } from '@tocsin/shared';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { maxChannels, maxRules } from '../../../../server/src/domain/alert.ts';
import type { AuditRecord } from '../../../../server/src/services/audit/audit-log.ts';
import {
  createAlertChannels,
  type AlertChannelsDeps,
} from '../../../../server/src/services/alerts/alert-channels.ts';
import { createAlertHistory } from '../../../../server/src/services/alerts/alert-history.ts';
import { createAlertOwners } from '../../../../server/src/services/alerts/alert-owner.ts';
import { createAlertRules } from '../../../../server/src/services/alerts/alert-rules.ts';
import type { Sent } from '../../../../server/src/services/alerts/send-alerts.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { MemoryAlertStore } from '../../../../server/testing/src/store/alerts/alert-store.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anOpenAlert } from '../../../support/alert-builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const page = { cursor: undefined, limit: 100 };
const channelInput: CreateAlertChannelInput = {
  name: 'Pager',
  kind: 'webhook',
  target: 'https://hooks.test/services/abc',
};
const ruleInput = (channelIds: readonly string[]): CreateAlertRuleInput => ({
  name: 'Down',
  kind: 'failing',
  channelIds: [...channelIds],
  remindAfterSeconds: 3_600,
  enabled: true,
});

interface SceneOptions {
  readonly hasMailer?: boolean;
  readonly hasAccountAlerts?: boolean;
  readonly sent?: Sent;
}

function aScene({
  hasMailer = true,
  hasAccountAlerts = true,
  sent = { error: null, isFinal: true },
}: SceneOptions = {}) {
  const alerts = new MemoryAlertStore();
  const clock = new FakeClock();
  const ids = createIds();
  const records: AuditRecord[] = [];
  const checked: string[][] = [];
  const owners = createAlertOwners({
    access: accessTo({ app_a: 'acc_a' }),
    accounts: {
      get: (id: string) => Promise.resolve(id === 'acc_none' ? undefined : { id, name: id, createdAt: 0 }),
    },
    hasAccountAlerts,
  });
  // `as`: of the audit service, `record` alone is used.
  const deps = {
    alerts,
    owners,
    ids,
    clock,
    hasMailer,
    audit: { record: (_actor: Actor, record: AuditRecord) => Promise.resolve(void records.push(record)) },
    targets: {
      check: (target: string, accountId: string, field: string) => {
        checked.push([target, accountId, field]);
        return Promise.resolve(target);
      },
    },
    secretBox: { encrypt: (text: string) => text, decrypt: (text: string) => text },
    send: () => Promise.resolve(sent),
  } as unknown as AlertChannelsDeps;
  return {
    alerts,
    clock,
    records,
    checked,
    channels: createAlertChannels(deps),
    rules: createAlertRules({ alerts, owners, audit: deps.audit, ids, clock }),
    history: createAlertHistory({ alerts, owners, settings: { operationalApp: 'app_ops' } as never }),
  };
}

const actions = (records: readonly AuditRecord[]) => records.map(({ action }) => action);

describe('an alert channel', () => {
  it('is created with a secret, changed and deleted, and the audit log has it', async () => {
    const { channels, records, checked, clock } = aScene();
    const { secret, ...view } = await channels.create(rootActor, channelInput);
    expect(secret).toMatch(/^whsec_/);
    expect(view).toMatchObject({ accountId: null, name: 'Pager', kind: 'webhook' });
    expect(view.target).toMatch(/^https:\/\/hooks\.test\//);
    expect(view.createdAt).toBe(new Date(clock.now()).toISOString());
    expect((await channels.list(rootActor, {}, page)).items).toEqual([view]);
    clock.advance(1_000);
    const { id } = view;
    const target = 'https://other.test/';
    const changed = await channels.update(rootActor, { id, name: 'Desk', target });
    expect(changed).toMatchObject({ id, name: 'Desk', target, createdAt: view.createdAt });
    expect(changed.updatedAt).toBe(new Date(clock.now()).toISOString());
    expect(await channels.update(rootActor, { id, name: 'Desk' })).toEqual(changed);
    expect(await channels.delete(rootActor, id)).toEqual({ id, deleted: true });
    expect((await channels.list(rootActor, {}, page)).items).toEqual([]);
    const same = { accountId: null, targetId: id };
    expect(records).toEqual([
      { ...same, action: 'alert_channel.created', targetName: 'Pager', details: { kind: 'webhook' } },
      {
        ...same,
        action: 'alert_channel.updated',
        targetName: 'Desk',
        changes: [
          { field: 'name', before: 'Pager', after: 'Desk' },
          { field: 'target', before: view.target, after: target },
        ],
      },
      { ...same, action: 'alert_channel.updated', targetName: 'Desk', changes: [] },
      { ...same, action: 'alert_channel.deleted', targetName: 'Desk' },
    ]);
    expect(checked).toEqual([
      [channelInput.target, 'acc_default', 'target'],
      [target, 'acc_default', 'target'],
    ]);
  });

  it('keeps its target if it gets the masked one back, and takes no other masked one', async () => {
    const { channels, checked } = aScene();
    const whole = 'https://hooks.test/services/Zx81kk9QpLmN0aBcDeFgHiJkL';
    const { id, target } = await channels.create(rootActor, { ...channelInput, target: whole });
    expect(target).toContain(maskText);
    expect((await channels.update(rootActor, { id, target })).target).toBe(target);
    expect(checked).toHaveLength(1);
    const masked = 'https://other.test/••••';
    const refused = (message: string) => ({
      code: 'INVALID_URL',
      message: `target ${message}`,
      problems: [{ path: 'target', message }],
    });
    await expect(channels.update(rootActor, { id, target: masked })).rejects.toMatchObject(
      refused(
        `contains the mask ${maskText}; send the whole URL, or leave target out to keep the stored one`,
      ),
    );
    await expect(channels.create(rootActor, { ...channelInput, target })).rejects.toMatchObject(
      refused(`contains the mask ${maskText}; send the whole URL`),
    );
    expect(checked).toHaveLength(1);
  });

  it('of the kind email needs an address and a mail server', async () => {
    const { channels } = aScene();
    const mail = { ...channelInput, kind: 'email' as const, target: 'ops@example.com' };
    expect(await channels.create(rootActor, mail)).toMatchObject({ target: 'ops@example.com', secret: null });
    await expect(channels.create(rootActor, { ...mail, target: channelInput.target })).rejects.toThrow(
      /must be an e-mail address/,
    );
    await expect(channels.create(rootActor, { ...channelInput, target: mail.target })).rejects.toThrow(
      /needs a URL, not an e-mail address/,
    );
    await expect(aScene({ hasMailer: false }).channels.create(rootActor, mail)).rejects.toThrow(/SMTP_URL/);
  });

  it('belongs to its account: others do not find it', async () => {
    const { channels, checked } = aScene();
    const { id } = await channels.create(keyActor('acc_a'), channelInput);
    expect(checked).toEqual([[channelInput.target, 'acc_a', 'target']]);
    const hidden = { code: 'NOT_FOUND' };
    for (const call of [
      channels.update(keyActor('acc_b'), { id, name: 'x' }),
      channels.delete(keyActor('acc_b'), id),
      channels.test(keyActor('acc_b'), id),
      channels.delete(rootActor, 'ach_none'),
    ])
      await expect(call).rejects.toMatchObject(hidden);
    expect((await channels.list(keyActor('acc_b'), {}, page)).items).toEqual([]);
    expect((await channels.list(rootActor, {}, page)).items).toEqual([]);
    expect((await channels.list(rootActor, { accountId: 'acc_a' }, page)).items).toHaveLength(1);
  });

  it.each([
    ['the operator', rootActor, maxChannels.operator],
    ['an account', keyActor(), maxChannels.account],
  ] as const)('of %s is one of a limited number', async (_owner, actor, max) => {
    const { channels } = aScene();
    for (let count = 0; count < max; count++) await channels.create(actor, channelInput);
    await expect(channels.create(actor, channelInput)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });
});

describe('a test of a channel', () => {
  it('is in the history with its result', async () => {
    const { channels, history, records, clock } = aScene();
    const { id } = await channels.create(rootActor, channelInput);
    expect(await channels.test(rootActor, id)).toMatchObject({ delivered: true, error: null });
    expect((await history.history(rootActor, {}, page)).items).toMatchObject([
      {
        kind: 'test',
        channelId: id,
        channelName: 'Pager',
        status: 'sent',
        tries: 1,
        nextAt: null,
        sentAt: new Date(clock.now()).toISOString(),
        error: null,
      },
    ]);
    expect(records.at(-1)).toEqual({
      action: 'alert_channel.tested',
      accountId: null,
      targetId: id,
      targetName: 'Pager',
      details: { delivered: true },
    });
  });

  it('that fails is not tried again', async () => {
    const { channels, history, records } = aScene({ sent: { error: 'http_status 500', isFinal: false } });
    const { id } = await channels.create(keyActor(), channelInput);
    expect(await channels.test(keyActor(), id)).toMatchObject({ delivered: false, error: 'http_status 500' });
    const failed = { status: 'failed', nextAt: null, sentAt: null, error: 'http_status 500' };
    expect((await history.history(keyActor(), {}, page)).items).toMatchObject([failed]);
    expect((await history.history(rootActor, {}, page)).items).toEqual([]);
    expect(records.at(-1)?.details).toEqual({ delivered: false });
  });

  it('is one of a limited number', async () => {
    const { channels } = aScene();
    const { id } = await channels.create(rootActor, channelInput);
    for (let count = 0; count < 20; count++) await channels.test(rootActor, id);
    await expect(channels.test(rootActor, id)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('an alert rule', () => {
  it('is created with the defaults of its kind, changed and deleted, and the audit log has it', async () => {
    const { channels, rules, records, alerts, clock } = aScene();
    const { id: channelId } = await channels.create(rootActor, channelInput);
    const rule = await rules.create(rootActor, ruleInput([channelId]));
    const { id } = rule;
    const at = new Date(clock.now()).toISOString();
    const view = {
      id,
      accountId: null,
      name: 'Down',
      kind: 'failing',
      channelIds: [channelId],
      afterSeconds: 600,
      waiting: 1_000,
      remindAfterSeconds: 3_600,
      enabled: true,
      open: 0,
      createdAt: at,
      updatedAt: at,
    };
    expect(rule).toEqual(view);
    await alerts.apply({ opened: [anOpenAlert({ ruleId: id })], told: [], closed: [], messages: [] });
    expect((await rules.list(rootActor, {}, page)).items).toEqual([{ ...view, open: 1 }]);
    clock.advance(1_000);
    const updatedAt = new Date(clock.now()).toISOString();
    const change = { id, channelIds: [], remindAfterSeconds: null, name: undefined };
    expect(await rules.update(rootActor, change)).toEqual({
      ...view,
      channelIds: [],
      remindAfterSeconds: null,
      open: 1,
      updatedAt,
    });
    expect(await rules.delete(rootActor, id)).toEqual({ id, deleted: true });
    await expect(rules.delete(rootActor, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const same = { accountId: null, targetId: id, targetName: 'Down' };
    expect(records.slice(1)).toEqual([
      { ...same, action: 'alert_rule.created', details: { kind: 'failing' } },
      {
        ...same,
        action: 'alert_rule.updated',
        changes: [
          { field: 'channelIds', before: [channelId], after: [] },
          { field: 'remindAfterSeconds', before: 3_600, after: null },
        ],
      },
      { ...same, action: 'alert_rule.deleted' },
    ]);
  });

  it('keeps the times and numbers that are given', async () => {
    const { rules } = aScene();
    const input = { ...ruleInput([]), kind: 'backlog' as const, afterSeconds: 5, waiting: 7 };
    expect(await rules.create(rootActor, input)).toMatchObject({ afterSeconds: 5, waiting: 7 });
    const lag = await rules.create(rootActor, { ...ruleInput([]), kind: 'lag' });
    expect(lag).toMatchObject({ afterSeconds: 60 });
  });

  it('names channels of its owner alone', async () => {
    const { channels, rules, records } = aScene();
    const { id: foreign } = await channels.create(rootActor, channelInput);
    const { id: own } = await channels.create(keyActor(), channelInput);
    for (const [actor, channelId] of [
      [keyActor(), foreign],
      [rootActor, own],
      [rootActor, 'ach_none'],
    ] as const) {
      await expect(rules.create(actor, ruleInput([channelId]))).rejects.toThrow(
        `no alert channel ${channelId}`,
      );
    }
    const { id } = await rules.create(keyActor(), ruleInput([own]));
    await expect(rules.update(keyActor(), { id, channelIds: [foreign] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(actions(records)).toEqual([
      'alert_channel.created',
      'alert_channel.created',
      'alert_rule.created',
    ]);
  });

  it('belongs to its account: others do not find it', async () => {
    const { rules } = aScene();
    const { id } = await rules.create(keyActor('acc_a'), ruleInput([]));
    const hidden = { code: 'NOT_FOUND' };
    await expect(rules.update(keyActor('acc_b'), { id, enabled: false })).rejects.toMatchObject(hidden);
    await expect(rules.delete(keyActor('acc_b'), id)).rejects.toMatchObject(hidden);
    await expect(rules.update(rootActor, { id: 'alr_none', enabled: false })).rejects.toMatchObject(hidden);
    expect((await rules.list(keyActor('acc_b'), {}, page)).items).toEqual([]);
    expect(await rules.update(rootActor, { id, enabled: false })).toMatchObject({ enabled: false });
  });

  it('about the lag is for the operator', async () => {
    const { rules } = aScene();
    const lag = { ...ruleInput([]), kind: 'lag' as const };
    await expect(rules.create(keyActor(), lag)).rejects.toThrow(/whole installation/);
    await expect(rules.create(rootActor, { ...lag, accountId: 'acc_a' })).rejects.toThrow(
      /whole installation/,
    );
  });

  it.each([
    ['the operator', rootActor, maxRules.operator],
    ['an account', keyActor(), maxRules.account],
  ] as const)('of %s is one of a limited number', async (_owner, actor, max) => {
    const { rules } = aScene();
    for (let count = 0; count < max; count++) await rules.create(actor, ruleInput([]));
    await expect(rules.create(actor, ruleInput([]))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });
});

describe('whose alerts a caller works with', () => {
  it('the operator chooses an account that exists, a key has its own', async () => {
    const { rules } = aScene();
    const accountId = 'acc_b';
    expect(await rules.create(rootActor, { ...ruleInput([]), accountId })).toMatchObject({ accountId });
    await expect(rules.list(rootActor, { accountId: 'acc_none' }, page)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(rules.list(keyActor('acc_a'), { accountId }, page)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await rules.list(keyActor('acc_b'), { accountId }, page)).items).toHaveLength(1);
  });

  it('a key of an app has none, and a scope is needed', async () => {
    const { rules, channels, history } = aScene();
    // `as`: a key with an app.
    const bound = { ...keyActor(), appId: 'app_a' } as Actor;
    const reader = keyActor('acc_a', ['webhooks:read']);
    for (const call of [rules.list(bound, {}, page), channels.list(bound, {}, page), history.settings(bound)])
      await expect(call).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const missing = { code: 'SCOPE_MISSING' };
    await expect(rules.create(reader, ruleInput([]))).rejects.toMatchObject(missing);
    await expect(channels.create(reader, channelInput)).rejects.toMatchObject(missing);
    await expect(rules.delete(reader, 'alr_none')).rejects.toMatchObject(missing);
    await expect(channels.test(reader, 'ach_none')).rejects.toMatchObject(missing);
    const writer = keyActor('acc_a', ['webhooks:write']);
    await expect(rules.list(writer, {}, page)).rejects.toMatchObject(missing);
    await expect(history.history(writer, {}, page)).rejects.toMatchObject(missing);
    expect((await rules.list(reader, {}, page)).items).toEqual([]);
  });

  it('accounts have none where the operator has not turned them on', async () => {
    const { rules, channels } = aScene({ hasAccountAlerts: false });
    const off = { code: 'FORBIDDEN' };
    await expect(rules.create(keyActor(), ruleInput([]))).rejects.toMatchObject(off);
    await expect(channels.create(keyActor(), channelInput)).rejects.toMatchObject(off);
    expect(await rules.create(rootActor, ruleInput([]))).toMatchObject({ accountId: null });
  });

  it('the app of operational events is shown to the operator alone', async () => {
    const { history } = aScene();
    expect(await history.settings(rootActor)).toMatchObject({ operationalApp: 'app_ops' });
    expect(await history.settings(keyActor())).toMatchObject({ operationalApp: null });
  });
});

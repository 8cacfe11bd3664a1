import * as z from 'zod';
import { accountId, webhookId } from './ids.ts';
import { pageFields } from './paging.ts';
import { webhookUrl } from './webhook.ts';

export const alertChannelId = z
  .string()
  .regex(/^ach_[0-9a-f]{12}$/, 'must be ach_ and 12 hex digits')
  .describe('Id of an alert channel: `ach_` and 12 hex digits.');
export const alertRuleId = z
  .string()
  .regex(/^alr_[0-9a-f]{12}$/, 'must be alr_ and 12 hex digits')
  .describe('Id of an alert rule: `alr_` and 12 hex digits.');

export const alertChannelKind = z
  .enum(['slack', 'discord', 'teams', 'email', 'webhook'])
  .describe(
    'Where a channel sends:\n' +
      '- `slack`, `discord`, `teams`: a message to the incoming webhook of the chat service.\n' +
      '- `email`: a message by SMTP. Needs SMTP_URL.\n' +
      '- `webhook`: JSON in the form of Standard Webhooks, signed with the secret of the channel.',
  );
export type AlertChannelKind = z.output<typeof alertChannelKind>;

export const alertKind = z
  .enum(['failing', 'paused', 'disabled', 'disable_warning', 'backlog', 'lag'])
  .describe(
    'What a rule watches:\n' +
      '- `failing`: a webhook has only failed for `afterSeconds`.\n' +
      '- `paused`: a webhook has been paused for `afterSeconds`, because it fails again and again.\n' +
      '- `disabled`: the platform disabled a webhook.\n' +
      '- `disable_warning`: a failing webhook is disabled in `afterSeconds` at the latest.\n' +
      '- `backlog`: at least `waiting` deliveries are pending.\n' +
      '- `lag`: an accepted event has waited for its first attempt for `afterSeconds`. Rules of the operator only.',
  );
export type AlertKind = z.output<typeof alertKind>;

const channelName = z.string().trim().min(1).max(100);

/** The target of a channel of the kind `email`. */
export const alertEmailAddress = z.email().max(254);

/** A URL, or an e-mail address: the service checks which one by the kind. */
const channelTarget = webhookUrl;

const owner = accountId
  .optional()
  .describe(
    'The account that it belongs to. Default: the account of the key, or no account for the root token, which ' +
      'then watches all accounts.',
  );

export const createAlertChannelInput = z
  .strictObject({
    accountId: owner,
    name: channelName.describe('A name for people, 1 to 100 characters.'),
    kind: alertChannelKind.describe('Where the channel sends.'),
    target: channelTarget.describe(
      'The e-mail address of a channel of the kind `email`. The https URL of all others.',
    ),
  })
  .describe('Input of `alertChannels.create`.');
export type CreateAlertChannelInput = z.output<typeof createAlertChannelInput>;

export const updateAlertChannelInput = z
  .strictObject({
    id: alertChannelId.describe('The channel to change.'),
    name: channelName.optional().describe('A name for people, 1 to 100 characters.'),
    target: channelTarget.optional().describe('The new e-mail address or URL. The kind stays the same.'),
  })
  .describe('Input of `alertChannels.update`. Only the given fields change.');
export type UpdateAlertChannelInput = z.output<typeof updateAlertChannelInput>;

export const alertChannelById = z
  .strictObject({ id: alertChannelId.describe('The channel.') })
  .describe('Input of `alertChannels.delete` and `alertChannels.test`.');

export const alertChannelView = z
  .object({
    id: alertChannelId.describe('Id of the channel.'),
    accountId: z
      .string()
      .nullable()
      .describe('The account of the channel. Null: it belongs to the operator.'),
    name: z.string().describe('A name for people.'),
    kind: alertChannelKind.describe('Where the channel sends.'),
    target: z.string().describe('The e-mail address, or the URL with its credentials masked.'),
    createdAt: z.iso.datetime().describe('When the channel was created.'),
    updatedAt: z.iso.datetime().describe('When the channel was last changed.'),
  })
  .describe('An alert channel, without its secret.');
export type AlertChannelView = z.output<typeof alertChannelView>;

export const createdAlertChannel = alertChannelView
  .extend({
    secret: z
      .string()
      .nullable()
      .describe(
        'The secret that verifies messages of the kind `webhook`. Store it: no other response contains it. ' +
          'Null for all other kinds.',
      ),
  })
  .describe('Result of `alertChannels.create`.');
export type CreatedAlertChannel = z.output<typeof createdAlertChannel>;

export const alertTestResult = z
  .object({
    delivered: z.boolean().describe('Whether the channel took the test message.'),
    error: z.string().nullable().describe('Why it did not. Null if it did.'),
    durationMs: z.number().describe('Duration of the attempt, in ms.'),
  })
  .describe('Result of `alertChannels.test`.');
export type AlertTestResult = z.output<typeof alertTestResult>;

/** Ten weeks: longer than any time that a rule could wait for. */
const maxSeconds = 6_048_000;

const ruleFields = {
  name: channelName.describe('A name for people, 1 to 100 characters.'),
  channelIds: z
    .array(alertChannelId)
    .min(1, 'must name at least one channel')
    .max(5)
    .transform((ids) => [...new Set(ids)])
    .describe('The channels that the rule sends to, 1 to 5. They belong to the owner of the rule.'),
  afterSeconds: z
    .int()
    .min(0)
    .max(maxSeconds)
    .describe(
      'Seconds, by `kind`: how long a webhook must be failing (default 600) or paused (300), how long before ' +
        'a disabling the warning comes (86,400), or how long an event waits for its first attempt (60). Not used ' +
        'by `disabled` and `backlog`.',
    ),
  waiting: z
    .int()
    .min(1)
    .max(10_000)
    .describe('Pending deliveries from which a rule of the kind `backlog` alerts. Default 1,000.'),
  remindAfterSeconds: z
    .int()
    .min(600)
    .max(maxSeconds)
    .nullable()
    .describe('How often an alert that is not over is sent again. Null: never. Default 86,400.'),
  enabled: z.boolean().describe('Whether the rule is evaluated.'),
};

export const createAlertRuleInput = z
  .strictObject({
    accountId: owner,
    kind: alertKind.describe('What the rule watches.'),
    name: ruleFields.name,
    channelIds: ruleFields.channelIds,
    afterSeconds: ruleFields.afterSeconds.optional(),
    waiting: ruleFields.waiting.optional(),
    remindAfterSeconds: ruleFields.remindAfterSeconds.default(86_400),
    enabled: ruleFields.enabled.default(true),
  })
  .describe('Input of `alertRules.create`.');
export type CreateAlertRuleInput = z.output<typeof createAlertRuleInput>;

export const updateAlertRuleInput = z
  .strictObject({
    id: alertRuleId.describe('The rule to change.'),
    name: ruleFields.name.optional(),
    channelIds: ruleFields.channelIds.optional(),
    afterSeconds: ruleFields.afterSeconds.optional(),
    waiting: ruleFields.waiting.optional(),
    remindAfterSeconds: ruleFields.remindAfterSeconds.optional(),
    enabled: ruleFields.enabled.optional(),
  })
  .describe('Input of `alertRules.update`. Only the given fields change.');
export type UpdateAlertRuleInput = z.output<typeof updateAlertRuleInput>;

export const alertRuleById = z
  .strictObject({ id: alertRuleId.describe('The rule.') })
  .describe('Input of `alertRules.delete`.');

export const alertRuleView = z
  .object({
    id: alertRuleId.describe('Id of the rule.'),
    accountId: z
      .string()
      .nullable()
      .describe('The account of the rule. Null: it belongs to the operator and watches all accounts.'),
    kind: alertKind.describe('What the rule watches.'),
    name: z.string().describe('A name for people.'),
    channelIds: z.array(alertChannelId).describe('The channels that the rule sends to.'),
    afterSeconds: z.int().describe('See `alertRules.create`.'),
    waiting: z.int().describe('See `alertRules.create`.'),
    remindAfterSeconds: z
      .int()
      .nullable()
      .describe('How often an alert that is not over is sent again, in seconds. Null: never.'),
    enabled: z.boolean().describe('Whether the rule is evaluated.'),
    open: z.int().describe('Alerts of the rule that are not over, at most 1,000 counted.'),
    createdAt: z.iso.datetime().describe('When the rule was created.'),
    updatedAt: z.iso.datetime().describe('When the rule was last changed.'),
  })
  .describe('An alert rule.');
export type AlertRuleView = z.output<typeof alertRuleView>;

export const deletedAlertObject = z.object({
  id: z.string().describe('Id of the deleted object.'),
  deleted: z.literal(true).describe('Always true.'),
});

export const alertMessageKind = z
  .enum(['opened', 'reminder', 'resolved', 'test'])
  .describe(
    '`opened`: alerts began. `reminder`: they are not over. `resolved`: they are over. `test`: a test message.',
  );
export type AlertMessageKind = z.output<typeof alertMessageKind>;

export const alertMessageStatus = z
  .enum(['waiting', 'sent', 'failed'])
  .describe('`waiting`: it is sent, or sent again, at `nextAt`. `failed`: all tries failed.');
export type AlertMessageStatus = z.output<typeof alertMessageStatus>;

export const alertTarget = z
  .object({
    webhookId: webhookId.nullable().describe('The webhook. Null for `backlog` and `lag`.'),
    appId: z.string().nullable().describe('The app of the webhook.'),
    accountId: z.string().nullable().describe('The account. Null: all accounts.'),
    label: z.string().describe('The host of the webhook and its description, for people.'),
    detail: z.string().describe('What is wrong, for people.'),
    since: z.iso.datetime().describe('Since when.'),
  })
  .describe('What an alert is about.');
export type AlertTarget = z.output<typeof alertTarget>;

export const alertMessageView = z
  .object({
    id: z.string().describe('Id of the message.'),
    at: z.iso.datetime().describe('When it was made.'),
    kind: alertMessageKind.describe('Why it was sent.'),
    alert: alertKind.nullable().describe('The kind of the rule. Null for a test message.'),
    accountId: z
      .string()
      .nullable()
      .describe('The account of the channel. Null: it belongs to the operator.'),
    ruleId: z.string().nullable().describe('The rule. Null for a test message.'),
    ruleName: z.string().nullable().describe('The name of the rule at that time.'),
    channelId: z.string().describe('The channel.'),
    channelName: z.string().describe('The name of the channel at that time.'),
    channelKind: alertChannelKind.describe('The kind of the channel.'),
    count: z.int().describe('How many alerts it is about.'),
    targets: z.array(alertTarget).describe('The first of them, at most 10.'),
    status: alertMessageStatus.describe('What became of it.'),
    tries: z.int().describe('How often it was sent.'),
    nextAt: z.iso.datetime().nullable().describe('When it is sent next. Null unless it is waiting.'),
    sentAt: z.iso.datetime().nullable().describe('When the channel took it.'),
    error: z.string().nullable().describe('Why the last try failed.'),
  })
  .describe('A message that was sent to a channel.');
export type AlertMessageView = z.output<typeof alertMessageView>;

export const alertHistoryFilter = z.strictObject({
  accountId: accountId
    .optional()
    .describe('Only messages of this account. Default for the root token: those of the operator.'),
  status: alertMessageStatus.optional().describe('Only messages with this status.'),
});
export type AlertHistoryFilter = z.output<typeof alertHistoryFilter>;

export const alertHistoryInput = alertHistoryFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `alerts.history`: the messages that were sent, the newest first.');
export type AlertHistoryInput = z.input<typeof alertHistoryInput>;

const ownerFilter = z.strictObject({
  accountId: accountId
    .optional()
    .describe(
      'The account. Default: that of the key; for the root token, no account, so what belongs to the operator.',
    ),
});

export const listAlertChannelsInput = ownerFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `alertChannels.list`.');
export const listAlertRulesInput = ownerFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `alertRules.list`.');

export const alertSettings = z
  .object({
    email: z.boolean().describe('Whether the server can send e-mail: SMTP_URL is set.'),
    accounts: z.boolean().describe('Whether accounts may have alerts of their own: ACCOUNT_ALERTS.'),
    operationalApp: z
      .string()
      .nullable()
      .describe('The app that operational events are published to: OPERATIONAL_APP. Null for a key.'),
    disableAfterSeconds: z.int().describe('How long a webhook may only fail before it is disabled.'),
  })
  .describe('What the settings of the server allow.');
export type AlertSettings = z.output<typeof alertSettings>;

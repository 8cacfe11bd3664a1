import {
  alertChannelById,
  alertHistoryInput,
  alertRuleById,
  createAlertChannelInput,
  createAlertRuleInput,
  listAlertChannelsInput,
  listAlertRulesInput,
  updateAlertChannelInput,
  updateAlertRuleInput,
} from '@tocsin/shared';
import * as z from 'zod';
import { toCount } from '../count.ts';
import { exitCode } from '../command.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const channelOperand = { field: 'id', summary: 'id of the channel, such as ach_0123456789ab' };
const ruleOperand = { field: 'id', summary: 'id of the rule, such as alr_0123456789ab' };

export const alertChannelsList = defineList({
  examples: ['', '--account acc_0123456789abcdef'],
  input: listAlertChannelsInput,
  page: async (client, input) => await client.alertChannels.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name, canCut: true },
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'TARGET', value: ({ target }) => target, canCut: true },
  ],
  empty: 'no alert channels',
});

export const alertChannelsCreate = defineCall({
  details: 'Prints the id of the channel. The secret of a webhook goes to standard error, once.',
  examples: [
    '--name Operations --kind email --target ops@example.com',
    '--name "#alerts" --kind slack --target https://hooks.slack.com/services/T0/B0/xyz',
  ],
  input: createAlertChannelInput,
  call: async (client, input) => await client.alertChannels.create.mutate(input),
  text: ({ id }) => id,
  notes: ({ secret }) => (secret === null ? [] : [`secret, shown once: ${secret}`]),
});

export const alertChannelsUpdate = defineCall({
  examples: ['ach_0123456789ab --target ops@example.com'],
  input: updateAlertChannelInput,
  operand: channelOperand,
  call: async (client, input) => await client.alertChannels.update.mutate(input),
});

export const alertChannelsDelete = defineCall({
  examples: ['ach_0123456789ab', 'ach_0123456789ab --yes'],
  input: alertChannelById,
  operand: channelOperand,
  question: ({ id }) => `Delete the alert channel ${id}? Its rules send nothing to it any more.`,
  call: async (client, input) => await client.alertChannels.delete.mutate(input),
  text: ({ id }) => `deleted ${id}`,
});

export const alertChannelsTest = defineCall({
  details: 'Exits with 1 if the channel did not take the message.',
  examples: ['ach_0123456789ab'],
  input: alertChannelById,
  operand: channelOperand,
  call: async (client, input) => await client.alertChannels.test.mutate(input),
  exitCode: ({ delivered }) => (delivered ? exitCode.ok : exitCode.failed),
});

export const alertRulesList = defineList({
  examples: ['', '--account acc_0123456789abcdef'],
  input: listAlertRulesInput,
  page: async (client, input) => await client.alertRules.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name, canCut: true },
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'STATE', value: ({ enabled }) => (enabled ? 'on' : 'off') },
    { title: 'OPEN', value: ({ open }) => toCount(open, 'alert') },
    { title: 'CHANNELS', value: ({ channelIds }) => channelIds.join(','), canCut: true },
  ],
  empty: 'no alert rules',
});

export const alertRulesCreate = defineCall({
  details: 'Prints the id of the rule.',
  examples: [
    '--name Disabled --kind disabled --channel ach_0123456789ab',
    '--name Failing --kind failing --after-seconds 900 --channel ach_0123456789ab',
  ],
  input: createAlertRuleInput,
  call: async (client, input) => await client.alertRules.create.mutate(input),
  text: ({ id }) => id,
});

export const alertRulesUpdate = defineCall({
  examples: ['alr_0123456789ab --after-seconds 1800', 'alr_0123456789ab --enabled false'],
  input: updateAlertRuleInput,
  operand: ruleOperand,
  call: async (client, input) => await client.alertRules.update.mutate(input),
});

export const alertRulesDelete = defineCall({
  examples: ['alr_0123456789ab', 'alr_0123456789ab --yes'],
  input: alertRuleById,
  operand: ruleOperand,
  question: ({ id }) => `Delete the alert rule ${id}? Its open alerts end without a message.`,
  call: async (client, input) => await client.alertRules.delete.mutate(input),
  text: ({ id }) => `deleted ${id}`,
});

export const alertsHistory = defineList({
  details: 'The newest first.',
  examples: ['', '--status failed'],
  input: alertHistoryInput,
  page: async (client, input) => await client.alerts.history.query(input),
  columns: [
    { title: 'AT', value: ({ at }) => toShortTime(at) },
    { title: 'KIND', value: ({ kind, alert }) => (alert === null ? kind : `${alert} ${kind}`) },
    { title: 'CHANNEL', value: ({ channelName }) => channelName, canCut: true },
    { title: 'ALERTS', value: ({ count }) => String(count) },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'ERROR', value: ({ error }) => error ?? '', canCut: true },
  ],
  empty: 'no alerts were sent',
});

export const alertsSettings = defineCall({
  examples: [''],
  input: z.strictObject({}),
  call: async (client) => await client.alerts.settings.query(),
});

import { deleteEventTypeInput, getEventTypeInput, listEventTypesInput } from '@tocsin/shared';
import { UsageError } from '../command.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'type', summary: 'event type, such as invoice.paid' };

export const eventTypesList = defineList({
  details: 'By name, the built-in ones included. "tocsin push" registers them.',
  examples: ['', '--origin registered', '--prefix invoice.'],
  input: listEventTypesInput,
  page: async (client, input) => await client.eventTypes.list.query(input),
  columns: [
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'ORIGIN', value: ({ origin }) => origin },
    { title: 'VERSION', value: ({ version }) => version },
    { title: 'ACCOUNT', value: ({ accountId }) => accountId ?? 'all' },
    { title: 'CHANGED', value: ({ updatedAt }) => toShortTime(updatedAt) },
    { title: 'DESCRIPTION', value: ({ description }) => description, canCut: true },
  ],
  empty: 'no event types',
});

export const eventTypesGet = defineCall({
  details: 'Prints its schema, its example and all its versions.',
  examples: ['invoice.paid', 'invoice.paid --json'],
  input: getEventTypeInput,
  operand,
  call: async (client, input) => await client.eventTypes.get.query(input),
});

export const eventTypesDelete = defineCall({
  details:
    'Deletes all its versions. Events that were accepted are still delivered. Needs the scope catalog:write.',
  examples: ['invoice.paid', 'invoice.paid --all-accounts --yes'],
  input: deleteEventTypeInput,
  operand,
  without: ['accountId'],
  extra: {
    options: {
      account: {
        type: 'string',
        value: 'id',
        summary: 'account of the event type (default: that of the key)',
      },
      'all-accounts': { type: 'boolean', summary: 'an event type of all accounts; needs the root token' },
    },
    names: { accountId: '--account' },
    toFields: ({ account, 'all-accounts': isForAll }) => {
      if (isForAll !== true) return account === undefined ? {} : { accountId: account };
      if (account !== undefined) throw new UsageError('--account and --all-accounts exclude each other');
      return { accountId: null };
    },
  },
  question: ({ type }) => `Delete the event type ${type} with all its versions?`,
  call: async (client, input) => await client.eventTypes.delete.mutate(input),
  text: ({ type }) => `deleted ${type}`,
});

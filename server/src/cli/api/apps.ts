import { createAppInput, listAppsInput, pageInput } from '@tocsin/shared';
import { toCount } from '../count.ts';
import { toShortTime } from '../output/time.ts';
import { appById } from './by-id.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'id', summary: 'id of the app, such as app_shop' };

export const appsList = defineList({
  examples: ['', '--all --json'],
  input: listAppsInput,
  page: async (client, input) => await client.apps.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name, canCut: true },
    { title: 'ACCOUNT', value: ({ accountId }) => accountId },
    { title: 'CREATED', value: ({ createdAt }) => toShortTime(createdAt) },
  ],
  empty: 'no apps',
});

export const appsGet = defineCall({
  examples: ['app_shop'],
  input: appById,
  operand,
  call: async (client, input) => await client.apps.get.query(input),
});

export const appsCreate = defineCall({
  details: 'Prints the id of the app.',
  examples: ["--name 'Shop'", "--name 'Shop' --id app_shop"],
  input: createAppInput,
  call: async (client, input) => await client.apps.create.mutate(input),
  text: ({ id }) => id,
});

export const appsDelete = defineCall({
  details:
    'Deletes the app with its webhooks at once, and starts a job that erases its events and deliveries.\n' +
    '"tocsin apps deletions" shows its progress.',
  examples: ['app_shop', 'app_shop --yes'],
  input: appById,
  operand,
  question: ({ id }) => `Delete the app ${id} with all its webhooks, events and deliveries?`,
  call: async (client, input) => await client.apps.delete.mutate(input),
  text: ({ id }) => `deleted ${id}`,
});

export const appsDeletions = defineList({
  details: 'The newest first.',
  examples: [''],
  input: pageInput,
  page: async (client, input) => await client.apps.deletions.query(input),
  columns: [
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'STATUS', value: ({ status }) => (status === 'done' ? 'erased' : 'erasing') },
    { title: 'EVENTS', value: ({ erased }) => toCount(erased.events, 'event') },
    { title: 'DELIVERIES', value: ({ erased }) => toCount(erased.deliveries, 'delivery', 'deliveries') },
    { title: 'DELETED', value: ({ createdAt }) => toShortTime(createdAt) },
    { title: 'ERASED', value: ({ finishedAt }) => toShortTime(finishedAt) },
  ],
  empty: 'no app was deleted',
});

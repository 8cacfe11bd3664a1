import {
  accountUsageInput,
  createAccountInput,
  limitName,
  listAccountsInput,
  setLimitsInput,
  type AccountUsage,
  type LimitUsage,
} from '@tocsin/shared';
import type { Context, OptionSpec } from '../command.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const rootOnly = 'Requires the root token.';

const limitOption = {
  type: 'string',
  value: 'number',
  summary: '0 to 100,000, "unlimited", or "default" for that of the installation',
} as const satisfies OptionSpec;

export const accountsList = defineList({
  details: rootOnly,
  examples: [''],
  input: listAccountsInput,
  page: async (client, input) => await client.accounts.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name, canCut: true },
    { title: 'CREATED', value: ({ createdAt }) => toShortTime(createdAt) },
  ],
  empty: 'no accounts',
});

export const accountsCreate = defineCall({
  details: `Prints the id of the account. ${rootOnly}`,
  examples: ["--name 'Acme'"],
  input: createAccountInput,
  call: async (client, input) => await client.accounts.create.mutate(input),
  text: ({ id }) => id,
});

export const accountsUsage = defineCall({
  examples: ['', '--account acc_acme'],
  input: accountUsageInput,
  call: async (client, input) => await client.accounts.usage.query(input),
  text: toUsageText,
});

export const accountsSetLimits = defineCall({
  details: `Changes the given limits only. ${rootOnly}`,
  examples: ['acc_acme --apps 500 --keys unlimited', 'acc_acme --apps default'],
  input: setLimitsInput,
  operand: { field: 'accountId', summary: 'id of the account' },
  without: ['limits'],
  extra: {
    options: Object.fromEntries(limitName.options.map((name) => [toOption(name), limitOption])),
    names: {
      limits: 'limits',
      ...Object.fromEntries(limitName.options.map((name) => [`limits.${name}`, `--${toOption(name)}`])),
    },
    toFields: (values) => ({
      limits: Object.fromEntries(
        limitName.options.flatMap((name) => {
          const value = values[toOption(name)];
          return value === undefined ? [] : [[name, toLimit(String(value))]];
        }),
      ),
    }),
  },
  call: async (client, input) => await client.accounts.setLimits.mutate(input),
  text: toUsageText,
});

function toOption(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function toLimit(text: string): number | string | null {
  if (text === 'default') return null;
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

const columns: readonly Column<LimitUsage>[] = [
  { title: 'LIMIT', value: ({ name }) => name },
  { title: 'USED', value: ({ used }) => used },
  { title: 'OF', value: ({ limit }) => limit ?? 'unlimited' },
  { title: 'DEFAULT', value: ({ defaultLimit }) => defaultLimit ?? 'unlimited' },
  { title: 'RESETS', value: ({ resetsAt }) => toShortTime(resetsAt) },
];

function toUsageText({ accountId, limits }: AccountUsage, { terminal }: Context): string {
  return `${accountId}\n${new TableWriter(columns, terminal.columns).render(limits)}`;
}

import type { OperandSpec, OptionSpec } from './command.ts';

/** The catalogs that a command works on. Several are merged. */
export const catalogOperands = {
  value: 'catalog',
  multiple: true,
  summary: 'file or package that exports catalogs, such as ./acme-events.ts',
} as const satisfies OperandSpec;

export const accountOption = {
  type: 'string',
  value: 'id',
  summary: 'account of the event types (default: that of the key)',
} as const satisfies OptionSpec;

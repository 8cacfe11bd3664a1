import type { OperandSpec, OptionSpec } from './command.ts';

/** The catalogs that a command works on. Several are merged. */
export const catalogOperands = {
  value: 'CATALOG...',
  summary: 'file or package that exports catalogs, such as ./acme-events.ts',
} as const satisfies OperandSpec;

export const accountOption = {
  type: 'string',
  value: 'ID',
  summary: 'account of the event types (default: that of the key)',
} as const satisfies OptionSpec;

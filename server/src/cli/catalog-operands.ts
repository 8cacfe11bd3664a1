import type { OperandSpec } from './command.ts';

/** The catalogs that a command works on. Several are merged. */
export const catalogOperands = {
  value: 'CATALOG...',
  summary: 'file or package that exports catalogs, such as ./acme-events.ts',
} as const satisfies OperandSpec;

import { afterEach, beforeEach, vi } from 'vitest';

/** Output of a test is noise or an unread warning. Both are failures. */
const methods = ['log', 'info', 'warn', 'error'] as const;

beforeEach(() => {
  for (const method of methods) vi.spyOn(console, method);
});

afterEach(() => {
  for (const method of methods) {
    const current = console[method];
    if (!vi.isMockFunction(current)) continue;
    const { calls } = current.mock;
    // Not restored, because another test of the file can still run.
    current.mockClear();
    if (calls.length > 0) throw new Error(`console.${method} was called: ${String(calls[0]?.[0])}`);
  }
});

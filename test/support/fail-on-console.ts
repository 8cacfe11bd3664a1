import { afterEach, beforeEach, vi } from 'vitest';

/** Output of a test is noise or an unread warning. Both are failures. */
const methods = ['log', 'info', 'warn', 'error'] as const;

beforeEach(() => {
  for (const method of methods) vi.spyOn(console, method);
});

afterEach(() => {
  for (const method of methods) {
    const calls = vi.mocked(console[method]).mock.calls;
    vi.mocked(console[method]).mockRestore();
    if (calls.length > 0) throw new Error(`console.${method} was called: ${String(calls[0]?.[0])}`);
  }
});

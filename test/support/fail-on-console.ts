import { afterEach, beforeEach, vi } from 'vitest';

/** Output in a test is either noise or a warning that nobody reads: both are failures. */
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

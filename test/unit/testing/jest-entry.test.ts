import { afterEach, describe, expect, it, vi } from 'vitest';

const entry = '../../../server/testing/src/jest.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('the entry for jest', () => {
  it("extends jest's global expect", async () => {
    const extend = vi.fn<(matchers: object) => void>();
    vi.stubGlobal('expect', { extend });
    const { tocsinMatchers } = (await import(entry)) as { readonly tocsinMatchers: object };
    expect(extend).toHaveBeenCalledWith(tocsinMatchers);
    expect(Object.keys(tocsinMatchers)).toEqual(['toHaveDelivered', 'toHaveReceived']);
  });

  it('says what to do without it', async () => {
    vi.stubGlobal('expect', undefined);
    await expect(import(entry)).rejects.toThrow('call expect.extend(tocsinMatchers)');
  });
});

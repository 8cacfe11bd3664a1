import { describe, expect, it, vi } from 'vitest';
import { onAbort } from '../../../../client/src/http/on-abort.ts';

describe('the listeners of a signal', () => {
  it('are one for the signal, and each call until it is removed', () => {
    const controller = new AbortController();
    const adding = vi.spyOn(controller.signal, 'addEventListener');
    const removing = vi.spyOn(controller.signal, 'removeEventListener');
    const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
    const release = onAbort(controller.signal, first);
    onAbort(controller.signal, second);
    onAbort(controller.signal, third);
    onAbort(controller.signal, third);
    release();
    release();
    controller.abort();
    expect([first, second, third].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 2]);
    expect([adding.mock.calls.length, removing.mock.calls.length]).toEqual([1, 0]);
  });

  it('are taken from the signal with the last one, so that a long-lived signal keeps no call', () => {
    const { signal } = new AbortController();
    const removing = vi.spyOn(signal, 'removeEventListener');
    const releases = [onAbort(signal, vi.fn()), onAbort(signal, vi.fn())];
    releases[0]?.();
    expect(removing).not.toHaveBeenCalled();
    releases[1]?.();
    expect(removing).toHaveBeenCalledOnce();
    const again = vi.fn();
    onAbort(signal, again)();
    expect(again).not.toHaveBeenCalled();
  });
});

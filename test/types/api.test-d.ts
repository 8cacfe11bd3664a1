import type { Api } from '@tocsin/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { CallsOf, PathsOf, RouterClient } from './router-client.ts';

/** Called on the client itself, coalesced, and not as procedures. */
type OwnPaths = 'events.publish' | 'events.publishMany' | 'events.subscribe';

type RouterPaths = Exclude<PathsOf<RouterClient>, OwnPaths>;

describe('the written types of the server’s procedures', () => {
  it('name every procedure of the router, and no other', () => {
    // Both ways: whether the compiler calls two long unions identical depends on what it saw first.
    expectTypeOf<Exclude<PathsOf<Api>, RouterPaths>>().toBeNever();
    expectTypeOf<Exclude<RouterPaths, PathsOf<Api>>>().toBeNever();
  });

  it('take only what the router takes, and promise only what it answers', () => {
    expectTypeOf<RouterClient>().toExtend<CallsOf<Api>>();
  });
});

import type { Api } from '@tocsin/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { CallsOf, PathsOf, RouterClient } from './router-client.ts';

/** Called on the client itself, coalesced, and not as procedures. */
type OwnPaths = 'events.publish' | 'events.publishMany' | 'events.subscribe';

describe('the written types of the server’s procedures', () => {
  it('name every procedure of the router, and no other', () => {
    expectTypeOf<PathsOf<Api>>().toEqualTypeOf<Exclude<PathsOf<RouterClient>, OwnPaths>>();
  });

  it('take only what the router takes, and promise only what it answers', () => {
    expectTypeOf<RouterClient>().toExtend<CallsOf<Api>>();
  });
});

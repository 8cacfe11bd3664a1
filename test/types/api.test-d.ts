import type { Api } from '@tocsin/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { ProcedureCalls, ProcedurePaths, RouterClient } from './router-client.ts';

/** Methods of the client itself rather than procedures of `Api`. */
type OwnPaths = 'events.publish' | 'events.publishMany' | 'events.subscribe';

describe('the client’s types of the server’s procedures', () => {
  it('name every procedure of the router, and no other', () => {
    expectTypeOf<ProcedurePaths<Api>>().toEqualTypeOf<Exclude<ProcedurePaths<RouterClient>, OwnPaths>>();
  });

  it('accept only what the router accepts, and return only what it returns', () => {
    expectTypeOf<RouterClient>().toExtend<ProcedureCalls<Api>>();
  });
});

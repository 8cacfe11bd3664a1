import { QueryClient } from '@tanstack/react-query';
import { createTRPCClient, type TRPCClientError } from '@trpc/client';
import type { inferRouterError, inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { describe, expectTypeOf, it } from 'vitest';
import type { DeliveryView, WebhookView } from '@tocsin/client';
import { tocsinLink, type AppRouter, type TocsinErrorData } from '@tocsin/client/trpc';
import type { AppRouter as ServerRouter } from '@tocsin/server/api';
import type { Acme } from './acme.ts';
import type { ProcedurePaths, RecordClient, RouterClient } from './router-client.ts';

type Written = RecordClient<AppRouter['_def']['record']>;
type Outputs = inferRouterOutputs<AppRouter>;
type Inputs = inferRouterInputs<AppRouter>;
type ServerInputs = inferRouterInputs<ServerRouter>;

describe('the type AppRouter', () => {
  it('has every procedure of the server’s router, and no other', () => {
    expectTypeOf<ProcedurePaths<Written>>().toEqualTypeOf<ProcedurePaths<RouterClient>>();
  });

  it('accepts only what the router accepts, and returns only what it returns', () => {
    expectTypeOf<RouterClient>().toExtend<Written>();
    expectTypeOf<inferRouterOutputs<ServerRouter>>().toExtend<Outputs>();
    expectTypeOf<Inputs['events']['subscribe']>().toExtend<ServerInputs['events']['subscribe']>();
  });

  it('has the errors of the server', () => {
    expectTypeOf<inferRouterError<ServerRouter>>().toExtend<inferRouterError<AppRouter>>();
    expectTypeOf<
      NonNullable<TRPCClientError<AppRouter>['data']>['tocsin']
    >().toEqualTypeOf<TocsinErrorData>();
  });

  it('has the views of the client', () => {
    expectTypeOf<Outputs['deliveries']['list']['items'][number]>().toExtend<DeliveryView>();
    expectTypeOf<Outputs['webhooks']['get']>().toExtend<WebhookView>();
  });

  it('is typed by the events of a catalog', () => {
    expectTypeOf<inferRouterInputs<AppRouter<Acme>>['events']['publish']['event']>().toEqualTypeOf<
      keyof Acme
    >();
    const trpc = createTRPCClient<AppRouter<Acme>>({ links: [tocsinLink({ url: 'http://x', token: 't' })] });
    // @ts-expect-error a built-in event is not in the catalog
    void trpc.events.publish.mutate({ appId: 'a', event: 'user.ban', data: {} });
  });

  it('rejects an event with the data of another', () => {
    const data = { licenseKey: 'k', status: 'revoked' as const };
    expectTypeOf({ appId: 'a', event: 'license.revoked' as const, data }).toExtend<
      Inputs['events']['publish']
    >();
    expectTypeOf({ appId: 'a', event: 'user.ban' as const, data }).not.toExtend<
      Inputs['events']['publish']
    >();
  });

  it('fits TanStack Query, with pages of lists', () => {
    const client = createTRPCClient<AppRouter>({ links: [tocsinLink({ url: 'http://x', token: 't' })] });
    const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient: new QueryClient() });
    const query = new QueryClient().query(trpc.apps.get.queryOptions({ id: 'app_1' }));
    expectTypeOf(query).resolves.toHaveProperty('name').toEqualTypeOf<string>();
    const pages = new QueryClient().infiniteQuery(
      trpc.webhooks.list.infiniteQueryOptions(
        { appId: 'app_1', limit: 20 },
        { getNextPageParam: (page) => page.nextCursor },
      ),
    );
    expectTypeOf(pages).resolves.toHaveProperty('pages').items.toHaveProperty('nextCursor');
  });
});

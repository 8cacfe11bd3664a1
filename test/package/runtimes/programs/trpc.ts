import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import type { RuntimeSettings } from '../settings.ts';

/** Calls the server with the client of tRPC. */
export async function callOverTrpc({ url, token, appId }: RuntimeSettings) {
  const link = tocsinLink({ url, token });
  const trpc = createTRPCClient<AppRouter>({ links: [link] });
  const data = { licenseId: 'lic_1', key: 'trpc', deletedBy: 'ada' };
  const { deliveries } = await trpc.events.publish.mutate({ appId, event: 'license.delete', data });
  const { items } = await trpc.events.list.query({ appId, event: 'license.delete' });
  const code = await trpc.events.get.query({ id: 'nonsense' }).then(
    () => 'no error',
    (error: unknown) =>
      error instanceof TRPCClientError
        ? (error as TRPCClientError<AppRouter>).data?.tocsin.code
        : 'another error',
  );
  await link.close();
  return { deliveries, stored: items.length, code };
}

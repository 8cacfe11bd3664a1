// oxlint-disable-next-line import/no-unassigned-import -- it extends expect
import '@tocsin/testing/vitest';
import type { CreatedWebhook, Published, TocsinClient } from '@tocsin/client';
import {
  createSigner,
  createTestTocsin,
  signedRequest,
  type TestReceiver,
  type TestTocsin,
} from '@tocsin/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Acme } from './acme.ts';
import { acme } from './acme.ts';

declare const tocsin: TestTocsin<typeof acme>;
declare const builtIn: TestTocsin;
declare const receiver: TestReceiver<Acme>;

const paid = { invoiceId: 'inv_1', amount: 1, paidAt: '2026-01-01T00:00:00.000Z', lines: [] };

describe('the test kit', () => {
  it('takes the events of a catalog', () => {
    const started = createTestTocsin({ catalog: acme });
    expectTypeOf<Awaited<typeof started>['client']>().toEqualTypeOf<TocsinClient<typeof acme>>();
    const start = async (): Promise<TestTocsin<typeof acme>> => await createTestTocsin({ catalog: acme });
    expectTypeOf(start).returns.resolves.toEqualTypeOf<TestTocsin<typeof acme>>();
    expectTypeOf(tocsin.client).toEqualTypeOf<TocsinClient<typeof acme>>();
    expectTypeOf(tocsin.publish('invoice.paid', { data: paid })).resolves.toEqualTypeOf<Published>();
    expectTypeOf(
      tocsin.webhook({ to: tocsin.receiver(), events: ['invoice.*'] }),
    ).resolves.toEqualTypeOf<CreatedWebhook>();
    // @ts-expect-error not in the catalog
    void tocsin.publish('invoice.payed', { data: paid });
    // @ts-expect-error the amount is a number
    void tocsin.publish('invoice.paid', { data: { ...paid, amount: '1' } });
    // @ts-expect-error no event matches
    void tocsin.webhook({ to: tocsin.receiver(), events: ['invoices.*'] });
  });

  it('knows the built-in events without a catalog', () => {
    void builtIn.publish('license.revoked', { data: { licenseKey: 'k', status: 'revoked' } });
    // @ts-expect-error not a built-in event
    void builtIn.publish('invoice.paid', { data: paid });
  });

  it('types requests by their event', () => {
    expectTypeOf(receiver.requestsOf('invoice.line.added')[0]?.event.data.sku).toEqualTypeOf<
      string | undefined
    >();
    // @ts-expect-error not in the catalog
    receiver.requestsOf('invoice.lost');
  });

  it('types the matchers by the receiver', () => {
    expect(receiver).toHaveDelivered('invoice.paid', { amount: 1 });
    expect(receiver).not.toHaveReceived('invoice.paid', { lines: [{ sku: 'a' }] });
    // @ts-expect-error not in the catalog
    expect(receiver).toHaveDelivered('invoice.lost');
    // @ts-expect-error the amount is a number
    expect(receiver).toHaveDelivered('invoice.paid', { amount: '1' });
    // @ts-expect-error no field of the event
    expect(receiver).toHaveDelivered('invoice.paid', { amounts: 1 });
  });

  it('types what a signer signs', () => {
    const signer = createSigner<Acme>({ secret: 'whsec_1' });
    expectTypeOf(signer.request('invoice.paid', paid, { stale: true })).toEqualTypeOf<Request>();
    // @ts-expect-error not in the map
    void signer.request('invoice.lost', paid);
    // @ts-expect-error the amount is a number
    void signer.message('invoice.paid', { ...paid, amount: '1' });
    void createSigner({ secret: 'whsec_1' }).message('license.revoked', {
      licenseKey: 'k',
      status: 'revoked',
    });
  });

  it('types signed requests', () => {
    const options = { secret: 'whsec_1' };
    expectTypeOf(
      signedRequest('license.revoked', { licenseKey: 'k', status: 'revoked' }, options),
    ).toEqualTypeOf<Request>();
    void signedRequest('invoice.paid', paid, { ...options, catalog: acme });
    // @ts-expect-error not in the catalog
    void signedRequest('invoice.lost', paid, { ...options, catalog: acme });
    // @ts-expect-error not a built-in event
    void signedRequest('invoice.paid', paid, options);
    // @ts-expect-error the status is a text
    void signedRequest('license.revoked', { licenseKey: 'k', status: 1 }, options);
  });
});

import { describe, expectTypeOf, it } from 'vitest';
import type { StoredDeliveryFilter } from '../../server/src/domain/ports/delivery-store.ts';
import type {
  DeliveryMatch,
  deliveryMatches,
} from '../../server/src/store/mongo/deliveries/delivery-filter.ts';
import type { FilterTable } from '../../server/src/store/mongo/driver/match-filter.ts';

describe('a filter table', () => {
  it('covers every filter of deliveries.list', () => {
    expectTypeOf<typeof deliveryMatches>().toExtend<FilterTable<StoredDeliveryFilter, DeliveryMatch>>();
  });

  it('does not compile without a row for a filter that is added', () => {
    type Wider = StoredDeliveryFilter & { readonly addedLater?: string | undefined };
    expectTypeOf<typeof deliveryMatches>().not.toExtend<FilterTable<Wider, DeliveryMatch>>();
  });
});

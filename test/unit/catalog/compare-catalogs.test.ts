import { describe, expect, it } from 'vitest';
import type { CatalogSnapshot } from '@tocsin/shared';
import { compareCatalogs, isRefused } from '../../../server/src/catalog/compare-catalogs.ts';
import { toReport } from '../../../server/src/cli/check-report.ts';

const paid = {
  type: 'invoice.paid',
  version: 1,
  description: 'An invoice is paid.',
  schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  example: { id: 'inv_1' },
};
type EventType = CatalogSnapshot['eventTypes'][number];
const snapshot = (...eventTypes: readonly EventType[]): CatalogSnapshot => ({
  version: 1,
  eventTypes: [...eventTypes],
});
const optional: EventType = { ...paid, schema: { ...paid.schema, required: [] } };

const compare = (before: EventType, after: EventType) =>
  compareCatalogs(snapshot(before), snapshot(after), { isWhole: true })[0];

describe('compareCatalogs', () => {
  it.each([
    ['unchanged', paid, { ...paid, description: 'Other words.' }, false],
    [
      'compatible',
      paid,
      { ...paid, schema: { ...paid.schema, properties: { id: { type: 'string' }, n: {} } } },
      false,
    ],
    ['breaking', paid, optional, true],
    ['new version', paid, { ...optional, version: 2 }, false],
    ['new version', paid, { ...paid, version: 2 }, false],
    ['breaking', { ...paid, version: 2 }, paid, true],
  ])('%s', (verdict, before, after, refused) => {
    const event = compare(before, after);
    expect(event).toMatchObject({ verdict, version: after.version, versionBefore: before.version });
    expect(event === undefined ? undefined : isRefused(event)).toBe(refused);
  });

  it('names the sides that a change breaks', () => {
    expect(compare(paid, optional)).toMatchObject({
      isBreakingForReceivers: true,
      isBreakingForPublishers: false,
    });
    expect(compare(optional, paid)).toMatchObject({
      isBreakingForReceivers: false,
      isBreakingForPublishers: true,
    });
  });

  it('reports event types that are gone only from a whole catalog', () => {
    const moved = { ...paid, type: 'coupon.moved' };
    const compareAll = (isWhole: boolean) =>
      compareCatalogs(snapshot(paid), snapshot(moved), { isWhole }).map(({ type, verdict }) => [
        type,
        verdict,
      ]);
    expect(compareAll(true)).toEqual([
      ['coupon.moved', 'new'],
      ['invoice.paid', 'removed'],
    ]);
    expect(compareAll(false)).toEqual([['coupon.moved', 'new']]);
  });
});

describe('toReport', () => {
  it('writes verdicts, rules, paths and webhooks', () => {
    const moved = { ...paid, type: 'coupon.moved' };
    const next = { ...optional, type: 'a.next' };
    const events = compareCatalogs(
      snapshot(paid, moved, { ...next, schema: paid.schema }),
      snapshot(optional, { ...next, version: 2 }),
      { isWhole: true },
    );
    const webhooks = [{ id: 'wh_1', appId: 'app_shop', enabled: false, pattern: 'invoice.*' }];
    const checked = events.map((event) => ({
      ...event,
      webhooks: event.type === paid.type ? webhooks : null,
    }));
    expect(toReport(checked).split('\n')).toEqual([
      'a.next: version 2 after 1, breaking for receivers that use version 1',
      '  data.id: is no longer required (required)',
      'coupon.moved: removed, breaking for receivers and publishers',
      '  data: the event type is no longer in the catalog (event removed)',
      'invoice.paid: breaking for receivers',
      '  data.id: is no longer required (required)',
      '  webhook wh_1 of app app_shop receives it through "invoice.*" (disabled)',
      '3 event types: 2 breaking, 1 with a new version',
    ]);
  });
});

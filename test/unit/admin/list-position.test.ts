import { expect, it } from 'vitest';
import { toListPosition } from '../../../admin/src/lib/list-position.ts';

it.each([
  ['deliveries', 'dlv_01m8ev3s4fv2k8seexevjp4y00'],
  ['events', 'evt_01m8ev3s4fv2k8seexevjp4y00'],
  ['auditLog', 'aud_01m8ev3sjjypc9s4tp7q62t000'],
  ['alertHistory', 'alm_01m8ev3ss6x1bjbhcdbq2pke00'],
  ['alertRules', 'alr_b503ee39be6c'],
  ['alertChannels', 'ach_b503ee39be6c'],
  ['incidents', '221845392000084_inc_b503ee39be6c_http_status_503'],
  ['unhealthyWebhooks', '000000000084_wh_b503ee39be6c'],
] as const)(
  'reads the position of a list of %s, and shows the first page for any other text',
  (list, cursor) => {
    expect(toListPosition(list, cursor)).toEqual({ cursor, isGone: false });
    expect(toListPosition(list, undefined)).toEqual({ cursor: undefined, isGone: false });
    for (const other of ['zzz', `${cursor}?`, 'dlv', '%', 'key_1']) {
      expect(toListPosition(list, other)).toEqual({ cursor: undefined, isGone: true });
    }
  },
);

it('reads a name of an event type as the position of the catalog, and nothing else', () => {
  for (const cursor of ['license.hwid_bound', 'invoice', 'a-b.c2']) {
    expect(toListPosition('eventTypes', cursor)).toEqual({ cursor, isGone: false });
  }
  for (const other of ['License', 'a..b', 'a b', '.a', 'x'.repeat(101), '']) {
    expect(toListPosition('eventTypes', other)).toEqual({ cursor: undefined, isGone: true });
  }
});

import { expect, it } from 'vitest';
import type { Ids } from '../../../../server/src/domain/ports/runtime.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';

const at = Date.parse('2026-01-01T00:00:00.000Z');
const timed = '[0-9a-hjkmnp-tv-z]{26}';

it.each<[keyof Ids, string]>([
  ['event', `evt_${timed}`],
  ['replay', `rpl_${timed}`],
  ['appDeletion', `del_${timed}`],
  ['audit', `aud_${timed}`],
  ['alertMessage', `alm_${timed}`],
  ['webhook', 'wh_[0-9a-f]{12}'],
  ['account', 'acc_[0-9a-f]{16}'],
  ['app', 'app_[0-9a-f]{16}'],
  ['key', 'key_[0-9a-f]{16}'],
  ['alertChannel', 'ach_[0-9a-f]{12}'],
  ['alertRule', 'alr_[0-9a-f]{12}'],
])('an id of a new %s names its kind, and no other has it', (kind, form) => {
  const ids = createIds();
  // More than one read of random bytes has room for.
  const made = Array.from({ length: 300 }, () => ids[kind](at));
  expect(made.filter((id) => !new RegExp(`^${form}$`).test(id))).toEqual([]);
  expect(new Set(made).size).toBe(made.length);
});

it('ids with a time are in its order', () => {
  const ids = createIds();
  for (const kind of ['event', 'replay', 'appDeletion', 'audit', 'alertMessage'] as const) {
    const made = [at, at + 1, at + 1_000, at + 86_400_000].map((time) => ids[kind](time));
    expect(made).toEqual(made.toSorted());
  }
});

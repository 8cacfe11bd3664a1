import { expect, it } from 'vitest';
import { createDeliveryState } from '../../../../server/src/services/system/delivery-state.ts';

it.each([
  ['held', { isHeld: true, sends: false }, true],
  ['elsewhere', { isHeld: false, sends: false }, false],
  ['waiting_for_index', { isHeld: false, sends: true }, false],
  ['ok', { isHeld: false, sends: true }, true],
])('is %s for %o with indexes ready: %s', (state, process, isReadyToSend) => {
  expect(createDeliveryState({ ...process, indexes: { isReadyToSend } })()).toBe(state);
});

it('follows the index build', () => {
  const indexes = { isReadyToSend: false };
  const getState = createDeliveryState({ isHeld: false, sends: true, indexes });
  indexes.isReadyToSend = true;
  expect(getState()).toBe('ok');
});

import { expect, it, vi } from 'vitest';
import { apiError } from '../../../../server/src/domain/errors.ts';
import { WaitingEvent } from '../../../../server/src/services/events/waiting-event.ts';
import { anEvent } from '../../../support/builders.ts';

function arrange(dataText = '{}') {
  const resolve = vi.fn();
  const reject = vi.fn();
  const event = anEvent({ dataText });
  const waiting = new WaitingEvent({ event, deadline: 7, queuedAt: 3, resolve, reject });
  return { event, waiting, resolve, reject };
}

it('has the size of its data in UTF-8', () => {
  expect(arrange('"€"').waiting).toMatchObject({ bytes: 5, deadline: 7, queuedAt: 3 });
});

it('answers its publisher with the stored event', () => {
  const { event, waiting, resolve, reject } = arrange();
  expect([waiting.isAnswered, waiting.outcome]).toEqual([false, undefined]);
  waiting.finish(event);
  expect([waiting.isAnswered, waiting.outcome]).toEqual([true, event]);
  expect(resolve.mock.calls).toEqual([[event]]);
  expect(reject).not.toHaveBeenCalled();
});

it('answers its publisher with the error', () => {
  const { waiting, resolve, reject } = arrange();
  const error = apiError('UNAVAILABLE', 'away');
  waiting.finish(error);
  expect(reject.mock.calls).toEqual([[error]]);
  expect(resolve).not.toHaveBeenCalled();
});

it('answers its publisher once, and still has the outcome for others with its key', () => {
  const { event, waiting, resolve, reject } = arrange();
  const late = apiError('UNAVAILABLE', 'too late');
  waiting.answer(late);
  expect([waiting.isAnswered, waiting.outcome]).toEqual([true, undefined]);
  waiting.finish(event);
  expect(waiting.outcome).toBe(event);
  expect(reject.mock.calls).toEqual([[late]]);
  expect(resolve).not.toHaveBeenCalled();
});

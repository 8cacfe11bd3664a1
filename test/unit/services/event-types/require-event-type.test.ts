import { expect, it } from 'vitest';
import { toUnknownEventError } from '../../../../server/src/services/event-types/require-event-type.ts';

const many = Array.from({ length: 500 }, (_, n) => `zone${n}.made`);

it.each([
  ['user.bann', ['user.ban', 'user.login'], 'did you mean user.ban?'],
  ['invoice.paid', ['user.ban', 'user.login'], 'known events are user.ban, user.login'],
  ['invoice.paid', many, 'eventTypes.list has the known events'],
])('an unknown event %s of %o is rejected with what would be right', (name, known, hint) => {
  expect(toUnknownEventError(name, 'events.1', known)).toMatchObject({
    code: 'UNKNOWN_EVENT',
    message: `events.1: unknown event "${name}"; ${hint}`,
    problems: [{ path: 'events.1' }],
  });
});

it('an unknown event with a long name is rejected with its start', () => {
  const { message } = toUnknownEventError('x'.repeat(200), 'event', ['user.ban']);
  expect(message).toContain(`"${'x'.repeat(80)}"`);
  expect(message).not.toContain('x'.repeat(81));
});

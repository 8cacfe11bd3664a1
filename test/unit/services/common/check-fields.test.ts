import { expect, it } from 'vitest';
import { apiError, fieldError } from '../../../../server/src/domain/errors.ts';
import { checkFields } from '../../../../server/src/services/common/check-fields.ts';

const fail = (error: Error) => () => {
  throw error;
};

it('returns the values of all checks', async () => {
  expect(await checkFields({ a: () => 1, b: () => Promise.resolve('x') })).toEqual({ a: 1, b: 'x' });
});

it('throws the error of the only wrong field as it is', async () => {
  const error = fieldError('url', 'is private', 'INVALID_URL');
  await expect(checkFields({ a: () => 1, url: fail(error) })).rejects.toBe(error);
});

it('names the wrong fields of all checks, with the code that they share', async () => {
  const url = fieldError('url', 'is private', 'INVALID_URL');
  const event = fieldError('events.0', 'unknown', 'UNKNOWN_EVENT');
  await expect(checkFields({ url: fail(url), events: fail(event) })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: 'url: is private; events.0: unknown',
    problems: [...url.problems, ...event.problems],
  });
  await expect(checkFields({ a: fail(url), b: fail(url) })).rejects.toMatchObject({ code: 'INVALID_URL' });
});

it('ends at an error that is not about a field', async () => {
  const error = apiError('UNAVAILABLE', 'no database');
  const later = fieldError('b', 'is wrong');
  await expect(checkFields({ a: fail(error), b: fail(later) })).rejects.toBe(error);
});

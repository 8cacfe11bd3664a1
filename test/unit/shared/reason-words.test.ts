import { expect, it } from 'vitest';
import {
  attemptReasonLabels,
  deliveryReasonLabels,
  describeAttempt,
  describeDisabled,
  describeReason,
  disabledReasonLabels,
  toReasonLabel,
} from '../../../shared/src/reason-words.ts';

it.each([
  ['http_status', 500, 'the endpoint returned 500'],
  ['http_status', null, 'the endpoint returned an error status'],
  ['gone', 410, 'the endpoint returned 410 Gone'],
  ['redirect', 302, 'the endpoint returned a redirect, and redirects are not followed (HTTP 302)'],
  ['destination_removed', 404, 'the chat service reports that this webhook no longer exists (HTTP 404)'],
  ['timeout', null, 'the request timed out'],
  ['response_too_large', 200, 'the response was too large (HTTP 200)'],
] as const)('an attempt that ended with %s and status %s failed because %s', (reason, status, words) => {
  expect(describeAttempt(reason, status)).toBe(words);
});

it('every reason has its own words, which begin with a capital letter alone and in lower case in a sentence', () => {
  const labels = { ...attemptReasonLabels, ...disabledReasonLabels, ...deliveryReasonLabels };
  for (const [reason, label] of Object.entries(labels)) {
    expect(toReasonLabel(reason)).toBe(label);
    expect(describeReason(reason)).toBe(label.charAt(0).toLowerCase() + label.slice(1));
    expect(label).toMatch(/^[A-Z][^_]{10,}[^.]$/);
  }
  expect(new Set(Object.values(labels)).size).toBe(Object.keys(labels).length);
});

it('a reason of a newer release is shown as its code, without underscores', () => {
  for (const reason of ['quota_used_up', 'toString_of_x']) {
    expect(toReasonLabel(reason)).toBe(reason.replaceAll('_', ' '));
  }
  expect(toReasonLabel('toString')).toBe('toString');
});

it('a webhook is disabled for its reason, or by a user if an older release did it', () => {
  expect(describeDisabled('gone')).toBe('disabled because the endpoint returned 410 Gone');
  expect(describeDisabled('by_user')).toBe('switched off by a user');
  expect(describeDisabled(null)).toBe('switched off by a user');
});

import { describe, expect, it } from 'vitest';
import {
  findEventTypeNameFault,
  hasEventTypeForm,
  isEventPattern,
  isReservedEventType,
  matchesEventType,
} from '@tocsin/shared';

describe('the name of an event type', () => {
  it.each([
    'invoice.paid',
    'a',
    '2fa.enabled',
    'invoice.line-item.v2_added',
    'testing',
    'tests.run',
    'tocsin',
  ])('can be %s', (name) => {
    expect(findEventTypeNameFault(name)).toBeUndefined();
    expect(hasEventTypeForm(name)).toBe(true);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'Invoice.paid',
    'invoice paid',
    'invoice/paid',
    'invoice.*',
    '*',
    'ä.b',
    '__proto__',
    '-a',
    'a._b',
    'a\n',
    'a\u0000b',
    'a.b\u202e',
  ])('cannot be %j', (name) => {
    expect(findEventTypeNameFault(name)).toMatch(
      /^'.*' is not an event type: use lower-case parts joined by dots, such as invoice\.paid$/,
    );
    expect(hasEventTypeForm(name)).toBe(false);
  });

  it.each(['test', 'test.ping', 'test.a.b', 'unknown', 'tocsin.made'])('is reserved if it is %s', (name) => {
    expect(findEventTypeNameFault(name)).toBe(
      `'${name}' is reserved, like test, test.*, unknown and tocsin.*`,
    );
    expect(isReservedEventType(name)).toBe(true);
    expect(hasEventTypeForm(name)).toBe(true);
    expect(findEventTypeNameFault(name, { allowReserved: true })).toBeUndefined();
  });

  it('has at most 100 characters, and a message shows the first 80 of a longer one', () => {
    expect(findEventTypeNameFault('a'.repeat(100))).toBeUndefined();
    expect(findEventTypeNameFault('a'.repeat(101))).toBe(
      `'${'a'.repeat(80)}…' has 101 characters; an event type has at most 100`,
    );
    expect(hasEventTypeForm('a'.repeat(101))).toBe(false);
  });

  it('is shown with its control characters escaped', () => {
    expect(findEventTypeNameFault('a\nb\u202e')).toContain(String.raw`'a\u000ab\u202e'`);
  });
});

describe('a pattern of event types', () => {
  it.each(['*', 'invoice.*', 'invoice.line.*', `${'a'.repeat(98)}.*`])('can be %s', (text) => {
    expect(isEventPattern(text)).toBe(true);
  });

  it.each([
    '',
    'invoice.paid',
    'inv*',
    '.*',
    '*.paid',
    'invoice.**',
    'invoice.*.paid',
    'Invoice.*',
    '**',
    'invoice..*',
    `${'a'.repeat(99)}.*`,
  ])('cannot be %j', (text) => {
    expect(isEventPattern(text)).toBe(false);
  });

  it.each([
    ['*', 'invoice.paid', true],
    ['invoice.*', 'invoice.paid', true],
    ['invoice.*', 'invoice.line.added', true],
    ['invoice.*', 'invoice', false],
    ['invoice.*', 'invoices.paid', false],
    ['invoice.line.*', 'invoice.paid', false],
    ['invoice.paid', 'invoice.paid', true],
    ['invoice.paid', 'invoice.paid.late', false],
    ['invoice', 'invoice.paid', false],
  ])('%s selects %s: %s', (pattern, type, isSelected) => {
    expect(matchesEventType(pattern, type)).toBe(isSelected);
  });
});

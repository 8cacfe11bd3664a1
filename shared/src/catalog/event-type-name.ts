// Without zod, so that the main entry of the client and the admin UI can import it alone.

/** Maximum length of an event type, in characters. */
export const maxEventTypeLength = 100;

/** Parts start with a letter or digit, so no name is `__proto__`. */
const namePattern = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*$/;
const reservedPattern = /^(?:test|unknown|(?:test|tocsin)\..*)$/;

/** What the messages of a wrong name say after the name. Types and code share them. */
const malformed = 'is not an event type: use lower-case parts joined by dots, such as invoice.paid';
const reserved = 'is reserved, like test, test.*, unknown and tocsin.*';

/** Whether a text has the form of an event type: `a.b.c` in lower case. Reserved names have it too. */
export function hasEventTypeForm(name: string): boolean {
  return name.length <= maxEventTypeLength && namePattern.test(name);
}

/** Whether an event type is reserved for Tocsin itself: `test`, `test.*`, `unknown` and `tocsin.*`. */
export function isReservedEventType(name: string): boolean {
  return reservedPattern.test(name);
}

/**
 * Returns why a text cannot name an event type, as a sentence, or undefined if it can. A name has parts of
 * lower-case letters, digits, `_` and `-`, joined by dots. It has at most 100 characters and is not reserved.
 *
 * @param options.allowReserved accepts reserved names. Only for the test pings of the built-in contracts.
 * @example
 * findEventTypeNameFault('invoice.paid'); // undefined
 * findEventTypeNameFault('Invoice paid'); // "'Invoice paid' is not an event type: use lower-case parts ..."
 */
export function findEventTypeNameFault(
  name: string,
  { allowReserved = false }: { readonly allowReserved?: boolean } = {},
): string | undefined {
  if (name.length > maxEventTypeLength) {
    return `${quoteName(name)} has ${name.length} characters; an event type has at most ${maxEventTypeLength}`;
  }
  if (!namePattern.test(name)) return `${quoteName(name)} ${malformed}`;
  if (!allowReserved && isReservedEventType(name)) return `${quoteName(name)} ${reserved}`;
  return undefined;
}

/** Quotes a name for a message: cut to 80 characters, with control characters escaped. */
export function quoteName(name: string): string {
  const cut = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  const escaped = cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `'${escaped}'`;
}

type Characters<TText extends string> = TText extends `${infer C}${infer R}` ? C | Characters<R> : never;
type LetterOrDigit = Characters<'abcdefghijklmnopqrstuvwxyz0123456789'>;

/** Whether a text is a name from its first part on. */
type IsName<TText extends string> = TText extends `${infer C}${infer R}`
  ? C extends LetterOrDigit
    ? IsRest<R>
    : false
  : false;

type IsRest<TText extends string> = TText extends `${infer C}${infer R}`
  ? C extends LetterOrDigit | '_' | '-'
    ? IsRest<R>
    : C extends '.'
      ? IsName<R>
      : false
  : TText extends ''
    ? true
    : false;

/** Event types that only Tocsin itself defines. */
export type ReservedEventType = 'test' | `test.${string}` | 'unknown' | `tocsin.${string}`;

/**
 * Why a text cannot name an event type, as a sentence in the place of a type, so that the compiler prints it.
 * Never if it can. Does not check the length.
 */
export type EventTypeNameFault<TName> = TName extends ReservedEventType
  ? `'${TName}' ${typeof reserved}`
  : TName extends string
    ? IsName<TName> extends true
      ? never
      : `'${TName}' ${typeof malformed}`
    : never;

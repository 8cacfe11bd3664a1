export type RegistrationField = 'type' | 'version' | 'description' | 'schema' | 'example' | 'presentation';

/** What is wrong with a registration, by the field of the form. `form`: what belongs to none. */
export type RegistrationErrors = Readonly<Partial<Record<RegistrationField | 'form', readonly string[]>>>;

/** How the messages of each field begin, without the path of the event type. The rest is shown. */
const beginnings: readonly (readonly [RegistrationField, RegExp])[] = [
  ['schema', /^\.?schema[:. ]*/],
  ['example', /^the example does not match the schema: |^\.?example[:.]/],
  ['presentation', /^\.?presentation[:.] ?/],
  ['description', /^\.description: /],
  ['type', /^\.type: |^(?=is part of |is listed )/],
  ['version', /^\.version: |^(?=breaks version |version \d|has \d+ versions)/],
];

/** Assigns the lines of the server's message to the fields of the form. */
export function errorsFromMessage(message: string): RegistrationErrors {
  const errors: Partial<Record<RegistrationField | 'form', string[]>> = {};
  for (const line of message.split('\n')) {
    const text = line.replace(/^eventTypes\.0(?: \([^)]*\): )?/, '');
    const found = beginnings.find(([, beginning]) => beginning.test(text));
    const [field, shown] =
      found === undefined ? (['form', text] as const) : [found[0], text.replace(found[1], '')];
    (errors[field] ??= []).push(
      ...(field === 'example' || field === 'version' ? shown.split('; ') : [shown]),
    );
  }
  return errors;
}

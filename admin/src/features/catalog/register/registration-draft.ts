import {
  checkSchemaBounds,
  findEventTypeNameFault,
  type EventTypeDetail,
  type EventTypeRegistration,
} from '@tocsin/shared';
import { parseObject } from '../../../lib/json-object.ts';
import type { RegistrationErrors } from './registration-errors.ts';

/** The values of the form. Schema, example and chat message are JSON text. */
export interface RegistrationDraft {
  /** The account that gets the type. Empty: that of the caller, or the default one. Null: all accounts. */
  readonly accountId: string | null;
  readonly type: string;
  /** Empty: the newest version, or 1 for a new type. */
  readonly version: string;
  readonly description: string;
  readonly schema: string;
  readonly example: string;
  /** Empty: a generic message. */
  readonly presentation: string;
}

/** A type to start from. */
export const emptyRegistration: RegistrationDraft = {
  accountId: '',
  type: '',
  version: '',
  description: '',
  schema: toText({
    type: 'object',
    properties: { invoiceId: { type: 'string' }, amount: { type: 'integer', minimum: 0 } },
    required: ['invoiceId', 'amount'],
  }),
  example: toText({ invoiceId: 'inv_2041', amount: 4900 }),
  presentation: '',
};

export function toRegistrationDraft(type: EventTypeDetail): RegistrationDraft {
  return {
    accountId: type.accountId,
    type: type.type,
    version: '',
    description: type.description,
    schema: toText(type.schema),
    example: toText(type.example),
    presentation: type.presentation === null ? '' : toText(type.presentation),
  };
}

/** The input of the server. Call it if `checkDraft` finds no errors. */
export function toRegistration(draft: RegistrationDraft): EventTypeRegistration {
  const presentation = draft.presentation.trim();
  return {
    type: draft.type.trim(),
    description: draft.description.trim(),
    schema: parseObject(draft.schema).data ?? {},
    example: parseObject(draft.example).data ?? {},
    ...(draft.version !== '' && { version: Number(draft.version) }),
    // `as`: the server validates it, and its message names the wrong field.
    ...(presentation !== '' && {
      presentation: parseObject(presentation).data as EventTypeRegistration['presentation'],
    }),
  };
}

/** What is wrong with the values, as far as the browser knows. */
export function checkDraft(draft: RegistrationDraft): RegistrationErrors {
  const name = draft.type.trim();
  const fault = name === '' ? 'Enter a name' : findEventTypeNameFault(name);
  const presentation = draft.presentation.trim();
  return {
    ...(fault !== undefined && { type: [fault] }),
    ...(draft.description.trim() === '' && { description: ['Say when the event is sent'] }),
    ...toErrors('schema', listSchemaErrors(draft.schema)),
    ...toErrors('example', listTextErrors(draft.example)),
    ...(presentation !== '' && toErrors('presentation', listTextErrors(presentation))),
  };
}

function listSchemaErrors(text: string): readonly string[] {
  const parsed = parseObject(text);
  if (parsed.data === undefined) return [parsed.error];
  return checkSchemaBounds(parsed.data).map(({ path, message }) => `${path}: ${message}`);
}

function listTextErrors(text: string): readonly string[] {
  const parsed = parseObject(text);
  return parsed.data === undefined ? [parsed.error] : [];
}

function toErrors(
  field: 'schema' | 'example' | 'presentation',
  errors: readonly string[],
): RegistrationErrors {
  return errors.length === 0 ? {} : { [field]: errors };
}

function toText(value: object): string {
  return JSON.stringify(value, null, 2);
}

import type { FieldPresentation, FieldStyle, Presentation } from '@tocsin/shared';
import type { EventPresentation } from '../../../domain/event.ts';

/** The limit of a message: Slack's sections have ten fields. */
const maxFields = 10;
const maxLabelLength = 60;

/**
 * The message for an event of your own types: the type as its title, and the first fields of its schema. Fields that
 * the schema does not have are left out, because a publisher may add any.
 */
export function toGenericPresentation(type: string, shown: EventPresentation | undefined): Presentation {
  if (shown?.message !== undefined) return toCataloged(shown.message, shown.fields);
  return {
    title: toWords(type),
    kind: 'neutral',
    fields: (shown?.fields ?? []).flatMap(toField).slice(0, maxFields),
  };
}

/** Leaves out fields that the schema does not have: a publisher could fill them with anything. */
function toCataloged(
  { subject, paragraph, fields, ...same }: Presentation,
  known: readonly string[],
): Presentation {
  return {
    ...same,
    ...(subject !== undefined && known.includes(subject) ? { subject } : {}),
    ...(paragraph !== undefined && known.includes(paragraph) ? { paragraph } : {}),
    fields: fields.filter(({ key }) => known.includes(key)),
  };
}

/** No field if its name has nothing to make a label of. */
function toField(name: string): FieldPresentation[] {
  const label = toWords(name);
  return label === '' ? [] : [{ key: name, label, style: toStyle(name) }];
}

/** Whether the value of a field of your own types is masked, except for its last characters. */
export function isSecretName(name: string): boolean {
  return /(?:key|token|secret|password)$/i.test(name);
}

const timeName = /(?:[a-z]At|_at|timestamp|Time|_time)$/;
/** Not the end of another word, such as `paid` and `zip`. */
const idName = /(?:(?:^|_)(?:id|ip|uuid|hwid)|[a-z](?:Id|Ip|Uuid|Hwid))$/;

function toStyle(name: string): FieldStyle {
  if (isSecretName(name)) return 'key';
  if (timeName.test(name)) return 'time';
  return idName.test(name) ? 'id' : 'name';
}

/** Words that are written in capitals. */
const acronyms: ReadonlySet<string> = new Set(['id', 'ip', 'url', 'uuid', 'hwid', 'api']);

/**
 * `invoiceId` and `invoice.id` become `Invoice ID`. Drops everything but letters and digits, because a name could
 * hold the markup of a chat service.
 */
function toWords(name: string): string {
  const words = name
    .slice(0, maxLabelLength)
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
    .map((word) => (acronyms.has(word) ? word.toUpperCase() : word));
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

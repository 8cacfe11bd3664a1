import { classNames } from '../../../components/ui/class-names.ts';
import type { SchemaRow, SchemaTable } from './schema-rows.ts';
import type { TypePart } from './type-parts.ts';

/** Levels that are indented further than the one around them. */
const maxIndent = 8;

/** The fields of an event's data, or of a definition. Nested fields are indented below their object. */
export function FieldTable({
  table: { definition, rows, notes },
  idPrefix,
}: {
  readonly table: SchemaTable;
  /** Makes the ids of the definitions unique in the page. */
  readonly idPrefix: string;
}) {
  return (
    <div className="min-w-0">
      {definition !== undefined && (
        <h3
          id={toDefinitionId(idPrefix, definition)}
          className="mb-1 scroll-mt-20 font-mono text-[0.8667rem] font-semibold wrap-anywhere"
        >
          {definition}
        </h3>
      )}
      <table className="h-fit w-full table-fixed text-[0.8667rem]">
        <caption className="sr-only">
          {definition === undefined ? 'Fields' : `Fields of ${definition}`}
        </caption>
        <thead>
          <tr className="border-b border-line text-left text-xs text-ink-3">
            <th scope="col" className="w-[45%] py-1.5 pr-4 font-medium">
              Field
            </th>
            <th scope="col" className="py-1.5 font-medium">
              Type
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <FieldRow key={row.key} row={row} idPrefix={idPrefix} />
          ))}
        </tbody>
      </table>
      {notes.length > 0 && <p className="mt-1.5 text-xs text-ink-3">The whole object: {notes.join(', ')}.</p>}
    </div>
  );
}

function FieldRow({ row, idPrefix }: { readonly row: SchemaRow; readonly idPrefix: string }) {
  return (
    <tr className="border-b border-line align-top last:border-0">
      <th scope="row" className="py-1.5 pr-4 text-left font-normal">
        <span
          className={classNames(
            'block break-words',
            row.depth > 0 && 'border-l border-line-strong pl-2',
            row.kind === 'label' ? 'text-ink-2' : 'font-mono wrap-anywhere',
          )}
          style={{
            marginLeft: `${Math.max(0, Math.min(row.depth, maxIndent) - 1) * 0.75 + (row.depth > 0 ? 0.25 : 0)}rem`,
          }}
        >
          {row.name}
          {row.kind === 'optional' && <span className="font-sans text-ink-3"> optional</span>}
        </span>
      </th>
      <td className="py-1.5 break-words text-ink-2">
        <TypeText parts={row.type} idPrefix={idPrefix} />
        {row.notes.length > 0 && <span className="text-ink-3">, {row.notes.join(', ')}</span>}
        {row.description !== undefined && (
          <span className="mt-0.5 block text-ink-3">{row.description.replaceAll('`', '')}</span>
        )}
      </td>
    </tr>
  );
}

function TypeText({ parts, idPrefix }: { readonly parts: readonly TypePart[]; readonly idPrefix: string }) {
  return parts.map((part, index) =>
    typeof part === 'string' ? (
      part
    ) : (
      <a
        key={index}
        href={`#${toDefinitionId(idPrefix, part.definition)}`}
        className="font-mono text-accent underline underline-offset-2"
      >
        {part.definition}
      </a>
    ),
  );
}

function toDefinitionId(idPrefix: string, definition: string): string {
  return `${idPrefix}${encodeURIComponent(definition)}`;
}

import { escapeControlCharacters } from '../../../lib/control-characters.ts';

export function HeadersTable({
  label,
  headers,
}: {
  readonly label: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}) {
  return (
    <div className="@container">
      <table className="w-full table-fixed text-[0.8rem]">
        <caption className="sr-only">{label}</caption>
        <colgroup>
          <col className="w-[45%] @2xl:w-56" />
          <col />
        </colgroup>
        <tbody>
          {headers.map(({ name, value }, index) => (
            // A response can have a header several times.
            <tr key={`${index} ${name}`}>
              <th
                scope="row"
                className="py-0.5 pr-4 text-left align-top font-mono font-normal wrap-anywhere text-ink-3"
              >
                {escapeControlCharacters(name)}
              </th>
              <td className="py-0.5 font-mono wrap-anywhere">{escapeControlCharacters(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

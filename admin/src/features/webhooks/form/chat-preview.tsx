import { CodeBlock } from '../../../components/ui/code-block.tsx';

/*
 * A chat message roughly as its service shows it, from the very body that is sent. What a service would show in another
 * way (fonts, avatars) is left out rather than imitated.
 */

export function ChatPreview({ format, body }: { readonly format: string; readonly body: string }) {
  const message = parse(body);
  switch (format) {
    case 'discord':
      return <Discord message={message} />;
    case 'slack':
      return <Slack message={message} />;
    case 'teams':
      return <Teams message={message} />;
    default:
      return <CodeBlock label="Body" text={JSON.stringify(message, null, 2)} />;
  }
}

type Loose = Readonly<Record<string, unknown>>;

function parse(body: string): Loose {
  try {
    return asRecord(JSON.parse(body));
  } catch {
    return {};
  }
}

function asRecord(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

function asList(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The services' markup as the plain text that it stands for. */
function plain(value: unknown): string {
  return asText(value)
    .replace(/\\([^\p{L}\p{N}\s])/gu, '$1')
    .replace(/[`*]/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

function Frame({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className="rounded-lg border border-line bg-bg p-3.5">
      <p className="mb-1.5 flex items-center gap-2 text-[0.9rem] font-semibold">
        <span
          aria-hidden
          className="inline-flex size-6 items-center justify-center rounded-full bg-brass text-xs font-bold text-black"
        >
          T
        </span>
        {name}
        <span className="rounded bg-sunken px-1 text-2xs font-medium text-ink-2">APP</span>
      </p>
      {children}
    </div>
  );
}

function Discord({ message }: { readonly message: Loose }) {
  const embed = asList(message['embeds'])[0] ?? {};
  const color = `#${Number(embed['color'] ?? 0)
    .toString(16)
    .padStart(6, '0')}`;
  return (
    <Frame name={asText(message['username']) || 'Tocsin'}>
      <div className="rounded border-l-4 bg-surface px-3 py-2.5" style={{ borderLeftColor: color }}>
        <p className="font-semibold break-words">{asText(embed['title'])}</p>
        {asText(embed['description']) !== '' && (
          <p className="mt-1 text-[0.9rem] whitespace-pre-wrap text-ink-2">{plain(embed['description'])}</p>
        )}
        <dl className="mt-2 grid grid-cols-1 gap-x-4 gap-y-2 text-[0.8667rem] sm:grid-cols-3">
          {asList(embed['fields']).map((field, index) => (
            <div key={index} className={field['inline'] === true ? 'min-w-0' : 'min-w-0 sm:col-span-3'}>
              <dt className="font-semibold">{asText(field['name'])}</dt>
              <dd className="break-words text-ink-2">{plain(field['value'])}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-2.5 text-xs break-all text-ink-3">{asText(asRecord(embed['footer'])['text'])}</p>
      </div>
    </Frame>
  );
}

function Slack({ message }: { readonly message: Loose }) {
  const attachment = asList(message['attachments'])[0] ?? {};
  const header = asRecord(asList(message['blocks'])[0]?.['text']);
  return (
    <Frame name="Tocsin">
      <p className="font-bold break-words">{asText(header['text'])}</p>
      <div
        className="mt-1.5 border-l-4 pl-3 text-[0.8667rem]"
        style={{ borderLeftColor: asText(attachment['color']) }}
      >
        {asList(attachment['blocks']).map((block, index) => {
          const texts = [block['text'], ...asList(block['fields']), ...asList(block['elements'])].map(
            (each) => plain(asRecord(each)['text']),
          );
          return (
            <div key={index} className="mb-2 grid grid-cols-1 gap-x-4 gap-y-1.5 sm:grid-cols-2">
              {texts
                .filter((text) => text !== '')
                .map((text) => (
                  <p key={text} className="min-w-0 break-words whitespace-pre-line text-ink-2">
                    {text}
                  </p>
                ))}
            </div>
          );
        })}
      </div>
    </Frame>
  );
}

function Teams({ message }: { readonly message: Loose }) {
  const card = asRecord(asList(message['attachments'])[0]?.['content']);
  const textOf = (element: Loose): string =>
    asText(element['text']) ||
    asList(element['inlines'])
      .map((run) => asText(run['text']))
      .join('');
  return (
    <Frame name="Workflows">
      <div className="overflow-hidden rounded-lg border border-line bg-surface text-[0.8667rem]">
        {asList(card['body']).map((element, index) => {
          if (element['type'] === 'Container') {
            return (
              <p key={index} className="bg-accent-soft px-3 py-2 text-base font-semibold break-words">
                {asList(element['items']).map(textOf).join(' ')}
              </p>
            );
          }
          const [name, value] = asList(element['columns']).map((column) =>
            asList(column['items']).map(textOf).join(' '),
          );
          return value === undefined ? (
            <p key={index} className="px-3 py-1.5 break-words text-ink-2">
              {textOf(element)}
            </p>
          ) : (
            <p key={index} className="grid grid-cols-[1fr_3fr] gap-2 px-3 py-0.5">
              <span className="font-medium">{name}</span>
              <span className="min-w-0 break-words text-ink-2">{value}</span>
            </p>
          );
        })}
      </div>
    </Frame>
  );
}

import type { ChatFormat } from '@tocsin/shared';
import type { ReactNode } from 'react';

/** An approximate rendering of a chat message from its request body. Fonts and avatars are not imitated. */
export function ChatPreview({ format, body }: { readonly format: ChatFormat; readonly body: string }) {
  const message = parseMessage(body);
  switch (format) {
    case 'discord':
      return <Discord message={message} />;
    case 'slack':
      return <Slack message={message} />;
    case 'teams':
      return <Teams message={message} />;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseMessage(body: string): JsonObject {
  try {
    return toRecord(JSON.parse(body));
  } catch {
    return {};
  }
}

function toRecord(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function toRecords(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(toRecord) : [];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Strips the markup of the chat services. */
function stripMarkup(value: unknown): string {
  return toText(value)
    .replace(/\\([^\p{L}\p{N}\s])/gu, '$1')
    .replace(/[`*]/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

function MessageFrame({ name, children }: { readonly name: string; readonly children: ReactNode }) {
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

function Discord({ message }: { readonly message: JsonObject }) {
  const embed = toRecords(message['embeds'])[0] ?? {};
  const color = `#${Number(embed['color'] ?? 0)
    .toString(16)
    .padStart(6, '0')}`;
  return (
    <MessageFrame name={toText(message['username']) || 'Tocsin'}>
      <div className="rounded border-l-4 bg-surface px-3 py-2.5" style={{ borderLeftColor: color }}>
        <p className="font-semibold break-words">{toText(embed['title'])}</p>
        {toText(embed['description']) !== '' && (
          <p className="mt-1 text-[0.9rem] whitespace-pre-wrap text-ink-2">
            {stripMarkup(embed['description'])}
          </p>
        )}
        <dl className="mt-2 grid grid-cols-1 gap-x-4 gap-y-2 text-[0.8667rem] sm:grid-cols-3">
          {toRecords(embed['fields']).map((field, index) => (
            <div key={index} className={field['inline'] === true ? 'min-w-0' : 'min-w-0 sm:col-span-3'}>
              <dt className="font-semibold">{toText(field['name'])}</dt>
              <dd className="break-words text-ink-2">{stripMarkup(field['value'])}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-2.5 text-xs wrap-anywhere text-ink-3">{toText(toRecord(embed['footer'])['text'])}</p>
      </div>
    </MessageFrame>
  );
}

function Slack({ message }: { readonly message: JsonObject }) {
  const attachment = toRecords(message['attachments'])[0] ?? {};
  const header = toRecord(toRecords(message['blocks'])[0]?.['text']);
  return (
    <MessageFrame name="Tocsin">
      <p className="font-bold break-words">{toText(header['text'])}</p>
      <div
        className="mt-1.5 border-l-4 pl-3 text-[0.8667rem]"
        style={{ borderLeftColor: toText(attachment['color']) }}
      >
        {toRecords(attachment['blocks']).map((block, index) => {
          const texts = [block['text'], ...toRecords(block['fields']), ...toRecords(block['elements'])].map(
            (element) => stripMarkup(toRecord(element)['text']),
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
    </MessageFrame>
  );
}

function Teams({ message }: { readonly message: JsonObject }) {
  const card = toRecord(toRecords(message['attachments'])[0]?.['content']);
  const toElementText = (element: JsonObject): string =>
    toText(element['text']) ||
    toRecords(element['inlines'])
      .map((run) => toText(run['text']))
      .join('');
  return (
    <MessageFrame name="Workflows">
      <div className="overflow-hidden rounded-lg border border-line bg-surface text-[0.8667rem]">
        {toRecords(card['body']).map((element, index) => {
          if (element['type'] === 'Container') {
            return (
              <p key={index} className="bg-accent-soft px-3 py-2 text-base font-semibold break-words">
                {toRecords(element['items']).map(toElementText).join(' ')}
              </p>
            );
          }
          const [name, value] = toRecords(element['columns']).map((column) =>
            toRecords(column['items']).map(toElementText).join(' '),
          );
          return value === undefined ? (
            <p key={index} className="px-3 py-1.5 break-words text-ink-2">
              {toElementText(element)}
            </p>
          ) : (
            <p key={index} className="grid grid-cols-[1fr_3fr] gap-2 px-3 py-0.5">
              <span className="font-medium">{name}</span>
              <span className="min-w-0 break-words text-ink-2">{value}</span>
            </p>
          );
        })}
      </div>
    </MessageFrame>
  );
}

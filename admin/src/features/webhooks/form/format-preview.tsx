import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { isChat, type EventTypeView, type Format, type Preview, type SigningProfile } from '@tocsin/shared';
import { useState } from 'react';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { FilterSelect } from '../../../components/ui/field.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { resolveChatFormat } from '../../../lib/chat-format.ts';
import { prettyJson } from '../../../lib/format.ts';
import { trpc } from '../../../lib/trpc.ts';
import { ChatPreview } from './chat-preview.tsx';

/** The body that the endpoint will receive, rendered by the server. */
export function FormatPreview({
  url,
  format,
  profile,
  types,
  selected,
}: {
  readonly url: string;
  readonly format: Format;
  readonly profile: SigningProfile;
  readonly types: readonly EventTypeView[];
  readonly selected: readonly string[];
}) {
  const previewable = types.filter(
    (type) => type.subscribable && (selected.length === 0 || selected.includes(type.type)),
  );
  const [pickedType, setPickedType] = useState<string>();
  const event = previewable.find((type) => type.type === pickedType)?.type ?? previewable[0]?.type;
  const preview = useQuery(
    trpc.webhooks.preview.queryOptions(
      { format: resolveChatFormat(url, format) ?? 'json', event: event ?? 'user.login', profile },
      { enabled: event !== undefined, placeholderData: keepPreviousData, staleTime: Infinity },
    ),
  );
  return (
    <section aria-label="Preview" className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-[0.9rem] font-medium">Preview</h3>
        <FilterSelect
          label="Event"
          value={event}
          options={previewable.map((type) => ({ value: type.type, label: type.type }))}
          onChange={setPickedType}
        />
      </div>
      <div className="min-h-64">
        {preview.error !== null ? (
          <InlineError error={preview.error} />
        ) : preview.data === undefined ? (
          <div aria-hidden className="shimmer h-64" />
        ) : (
          <BodyPreview preview={preview.data} />
        )}
      </div>
    </section>
  );
}

function BodyPreview({ preview: { format, body } }: { readonly preview: Preview }) {
  const json = <CodeBlock label="Body" text={prettyJson(body)} />;
  if (!isChat(format)) return json;
  return (
    <>
      <ChatPreview format={format} body={body} />
      <details className="mt-2 text-[0.8667rem]">
        <summary className="w-fit rounded text-ink-3 hover:text-ink">Request body</summary>
        <div className="mt-2">{json}</div>
      </details>
    </>
  );
}

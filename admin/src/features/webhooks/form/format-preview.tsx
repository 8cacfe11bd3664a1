import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { isChat, isEventPattern, type Format, type Preview, type SigningProfile } from '@tocsin/shared';
import { useState } from 'react';
import { EventTypeCombobox } from '../../../components/event-type-combobox.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { useEventTypes } from '../../../lib/catalog.ts';
import { resolveChatFormat } from '../../../lib/chat-format.ts';
import { prettyJson } from '../../../lib/format.ts';
import { trpc } from '../../../lib/trpc.ts';
import { ChatPreview } from './chat-preview.tsx';

/** The body that the endpoint will receive, rendered by the server. */
export function FormatPreview({
  url,
  format,
  profile,
  accountId,
  selected,
}: {
  readonly url: string;
  readonly format: Format;
  readonly profile: SigningProfile;
  readonly accountId: string | undefined;
  readonly selected: readonly string[];
}) {
  const [picked, setPicked] = useState<string>();
  const first = useFirstType(selected, accountId);
  const event = picked ?? first;
  const preview = useQuery(
    trpc.webhooks.preview.queryOptions(
      { format: resolveChatFormat(url, format) ?? 'json', event: event ?? '', profile },
      { enabled: event !== undefined, placeholderData: keepPreviousData, staleTime: Infinity },
    ),
  );
  return (
    <section aria-label="Preview" className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-[0.9rem] font-medium">Preview</h3>
        <EventTypeCombobox
          label="Event of the preview"
          value={event ?? ''}
          accountId={accountId}
          className="w-64 max-w-full"
          onSelect={setPicked}
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

/** The type to preview: the first that is selected by its name or by a pattern, or the first of all. */
function useFirstType(selected: readonly string[], accountId: string | undefined): string | undefined {
  const name = selected.find((entry) => !isEventPattern(entry));
  const prefix = selected[0]?.slice(0, -1);
  const types = useEventTypes({ prefix: name === undefined ? prefix : '', accountId, limit: 10 });
  return name ?? types.items?.find(({ subscribable }) => subscribable)?.type;
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

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { EventTypeView, Format } from '@tocsin/shared';
import { useState } from 'react';
import { ChatPreview } from './chat-preview.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { FilterSelect } from '../../../components/ui/field.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { chatFormatOf } from '../../../lib/chat-format.ts';
import { prettyJson } from '../../../lib/control-characters.ts';
import { trpc } from '../../../lib/trpc.ts';

/** What the endpoint will get, from the same code that makes what is sent. */
export function FormatPreview({
  url,
  format,
  types,
  chosen,
}: {
  readonly url: string;
  readonly format: Format;
  readonly types: readonly EventTypeView[];
  readonly chosen: readonly string[];
}) {
  const offered = types.filter(
    (type) => type.subscribable && (chosen.length === 0 || chosen.includes(type.type)),
  );
  const [picked, setPicked] = useState<string>();
  const event = offered.find((type) => type.type === picked)?.type ?? offered[0]?.type;
  const shown = chatFormatOf(url, format) ?? 'json';
  const preview = useQuery(
    trpc.webhooks.preview.queryOptions(
      { format: shown, event: event ?? 'user.login' },
      { enabled: event !== undefined, placeholderData: keepPreviousData, staleTime: Infinity },
    ),
  );
  const body = preview.data?.body;
  return (
    <section aria-label="Preview" className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-[0.9rem] font-medium">Preview</h3>
        <FilterSelect
          label="Event"
          value={event}
          choices={offered.map((type) => ({ value: type.type, text: type.type }))}
          onChange={setPicked}
        />
      </div>
      <div className="min-h-64">
        {preview.error !== null ? (
          <InlineError error={preview.error} />
        ) : body === undefined ? (
          <div aria-hidden className="shimmer h-64" />
        ) : shown === 'json' ? (
          <CodeBlock label="Body" text={prettyJson(body)} />
        ) : (
          <>
            <ChatPreview format={preview.data?.format ?? shown} body={body} />
            <details className="mt-2 text-[0.8667rem]">
              <summary className="w-fit rounded text-ink-3 hover:text-ink">The body that is sent</summary>
              <div className="mt-2">
                <CodeBlock label="Body" text={prettyJson(body)} />
              </div>
            </details>
          </>
        )}
      </div>
    </section>
  );
}

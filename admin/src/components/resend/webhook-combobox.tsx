import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { maskUrl, type WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { useCan } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { useDebounced } from '../../lib/use-debounced.ts';
import { toSearchFooter } from '../search-footer.ts';
import { Combobox } from '../ui/combobox.tsx';
import type { FieldIds } from '../ui/field.tsx';
import { IdInput } from '../ui/id-input.tsx';

/** Matches that are listed at once. */
const maxMatches = 20;

interface WebhookComboboxProps {
  readonly ids: FieldIds;
  /** The app whose webhooks can be chosen. */
  readonly appId: string;
  /** Empty: none. */
  readonly value: string;
  /** The webhook is undefined if the actor may not list webhooks and enters an id. */
  readonly onSelect: (id: string, webhook: WebhookView | undefined) => void;
}

/** Selects an enabled or disabled webhook of an app by its description, host or id. */
export function WebhookCombobox({ onSelect, ...props }: WebhookComboboxProps) {
  const can = useCan();
  if (can('webhooks:read')) return <WebhookSearch {...props} onSelect={onSelect} />;
  return (
    <IdInput
      ids={props.ids}
      placeholder="wh_…"
      value={props.value}
      onSelect={(id) => onSelect(id, undefined)}
    />
  );
}

function WebhookSearch({ ids, appId, value, onSelect }: WebhookComboboxProps) {
  const [query, setQuery] = useState('');
  const [text, setText] = useState<string>();
  const [isUsed, setUsed] = useState(false);
  const search = useDebounced(query.trim());
  const found = useQuery(
    trpc.webhooks.list.queryOptions(
      { appId, limit: maxMatches, ...(search !== '' && { search }) },
      { enabled: isUsed, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const items = found.data?.items;
  return (
    <Combobox
      ids={ids}
      required
      placeholder="Search by description, host or ID"
      value={value}
      text={text}
      options={items?.map((webhook) => ({
        value: webhook.id,
        label: toWebhookTitle(webhook),
        hint: toHint(webhook),
        hidesValue: true,
      }))}
      isOutdated={found.isPlaceholderData || search !== query.trim()}
      query={query}
      onQueryChange={setQuery}
      onOpen={() => setUsed(true)}
      onSelect={(id) => {
        const webhook = items?.find((item) => item.id === id);
        setText(webhook && toWebhookTitle(webhook));
        onSelect(id, webhook);
      }}
      footer={toSearchFooter(
        { hasMore: (found.data?.nextCursor ?? null) !== null, error: found.error },
        { limit: maxMatches, noun: 'webhooks' },
      )}
    />
  );
}

/** What names a webhook in a sentence or a list: its description, or its address. */
export function toWebhookTitle({ url, description }: Pick<WebhookView, 'url' | 'description'>): string {
  return description === null || description === '' ? toAddress(url) : description;
}

/** What tells webhooks of one title apart. */
function toHint(webhook: WebhookView): string {
  const address = toAddress(webhook.url);
  const other = toWebhookTitle(webhook) === address ? webhook.id : address;
  return webhook.enabled ? other : `${other} · disabled`;
}

function toAddress(url: string): string {
  return maskUrl(url).replace(/^https?:\/\//, '');
}

import { ShortUrl } from './ui/short-url.tsx';

/** A webhook in a list: its description and URL, or the URL alone. */
export function WebhookName({
  url,
  description,
}: {
  readonly url: string;
  readonly description?: string | null | undefined;
}) {
  if (description === undefined || description === null || description === '') {
    return (
      <span className="flex min-w-0 text-[0.8667rem]">
        <ShortUrl url={url} />
      </span>
    );
  }
  return (
    <span className="flex min-w-0 flex-col">
      <bdi className="truncate text-left font-medium">{description}</bdi>
      <span className="flex min-w-0 text-xs text-ink-3">
        <ShortUrl url={url} />
      </span>
    </span>
  );
}

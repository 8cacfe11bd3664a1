import { maskUrl } from '@tocsin/shared';

/** Up to this length a URL is shown as a whole. */
const wholeLength = 28;
const maxTailLength = 24;

/** A webhook URL without its scheme and credentials. If there is no room, its middle is cut: the ends tell URLs apart. */
export function ShortUrl({ url }: { readonly url: string }) {
  const masked = maskUrl(url);
  const text = masked.replace(/^https?:\/\//, '');
  const tailFrom = text.length <= wholeLength ? text.length : findTail(text);
  return (
    <bdi title={masked} className="inline-flex max-w-full min-w-0 align-bottom font-mono">
      {/* The end gives way only when nothing of the start is left. */}
      <span className="truncate">{text.slice(0, tailFrom)}</span>
      {tailFrom < text.length && (
        <span className="max-w-full shrink-0 overflow-hidden text-ellipsis whitespace-pre">
          {text.slice(tailFrom)}
        </span>
      )}
    </bdi>
  );
}

/** Where the end begins that is always shown: the last segment of the path, or as much of it as fits. */
function findTail(text: string): number {
  const segment = text.lastIndexOf('/', text.length - 2);
  return Math.max(segment, text.length - maxTailLength);
}

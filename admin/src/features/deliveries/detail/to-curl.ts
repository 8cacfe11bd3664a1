import type { HeaderLine } from './rebuild-request.ts';

/** The request as a command for a shell. Hidden values stay hidden, so the receiver rejects its signature. */
export function toCurl(
  url: string,
  headers: readonly Pick<HeaderLine, 'name' | 'value'>[],
  body: string,
): string {
  const parts = [
    `curl -X POST ${quote(url)}`,
    ...headers.map(({ name, value }) => `-H ${quote(`${name}: ${value}`)}`),
    `--data-raw ${quote(body)}`,
  ];
  return parts.join(' \\\n  ');
}

/** A single-quoted word of POSIX shells, in which only the quote itself has a meaning. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

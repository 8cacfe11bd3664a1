import { Time } from './time.tsx';

const timestamp = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** Text from the server, with its ISO timestamps rendered in the local time zone. */
export function TimedText({ text }: { readonly text: string }) {
  return text
    .split(timestamp)
    .map((part, index) =>
      index % 2 === 1 ? <Time key={`${index} ${part}`} at={part} format="date" /> : part,
    );
}

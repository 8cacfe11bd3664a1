import { At } from './time.tsx';

const instant = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the server's, with its times in the reader's zone. */
export function TimedText({ text }: { readonly text: string }) {
  return text
    .split(instant)
    .map((part, index) => (index % 2 === 1 ? <At key={`${index} ${part}`} at={part} /> : part));
}

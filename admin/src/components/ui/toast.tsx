import { CircleAlert, CircleCheck } from 'lucide-react';
import { useSyncExternalStore } from 'react';

interface Message {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
}

let messages: readonly Message[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function setMessages(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

/** Confirms a completed action. Show errors next to the action instead, where they stay visible. */
export function toast(text: string, tone: Message['tone'] = 'ok'): void {
  const id = ++lastId;
  setMessages([...messages.slice(-2), { id, tone, text }]);
  setTimeout(() => setMessages(messages.filter((message) => message.id !== id)), 4_500);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-60 flex flex-col items-center gap-2 sm:left-auto sm:items-end"
    >
      {shown.map((message) => (
        <div
          key={message.id}
          className="flex max-w-full items-center gap-2 rounded-xl border border-line bg-surface px-3.5 py-2.5 text-[0.9333rem] shadow-pop"
        >
          {message.tone === 'ok' ? (
            <CircleCheck aria-hidden className="size-4 shrink-0 text-ok" />
          ) : (
            <CircleAlert aria-hidden className="size-4 shrink-0 text-bad" />
          )}
          <span className="min-w-0 break-words">{message.text}</span>
        </div>
      ))}
    </div>
  );
}

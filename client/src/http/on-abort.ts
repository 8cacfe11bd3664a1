/** The listeners of one signal. */
interface Listeners {
  readonly callbacks: Set<() => void>;
  /** The one listener that the signal has. */
  readonly notify: () => void;
}

/**
 * The listeners of each signal. One map for all clients, because Node counts the listeners of a signal, and
 * warns of a leak from the eleventh on.
 */
const listenersBySignal = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls a function when a signal aborts. Adds one listener to the signal, however many calls share it. Returns
 * the function that removes it. Without that, a long-lived signal would keep every call in memory.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, notify } = listenersBySignal.get(signal) ?? listen(signal);
  // Wrapped, because two calls may pass the same function.
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0) return;
    listenersBySignal.delete(signal);
    signal.removeEventListener('abort', notify);
  };
}

function listen(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const notify = (): void => {
    listenersBySignal.delete(signal);
    for (const callback of callbacks) callback();
  };
  const listeners = { callbacks, notify };
  // Throws for a value that is not a signal, before the value becomes a key.
  signal.addEventListener('abort', notify, { once: true });
  listenersBySignal.set(signal, listeners);
  return listeners;
}

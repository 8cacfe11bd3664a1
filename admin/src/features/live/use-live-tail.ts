import { useCallback, useEffect, useRef, useState } from 'react';
import { client, type Inputs } from '../../lib/trpc.ts';

export interface TailedEvent {
  readonly cursor: string;
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: unknown;
}

export type TailState = 'connecting' | 'live' | 'reconnecting' | 'refused';

/** More rows than anybody reads, few enough that the page stays quick. */
const maxShown = 500;

/** How long events are gathered before they are shown at once: at a thousand a second the page still answers. */
const gatherMs = 120;

export interface LiveTail {
  /** Newest first. */
  readonly events: readonly TailedEvent[];
  /** How many came while it was paused. */
  readonly heldCount: number;
  readonly state: TailState;
  readonly error: Error | null;
  readonly isPaused: boolean;
  readonly pause: (isPaused: boolean) => void;
  readonly clear: () => void;
}

export interface TailFilter {
  readonly appId: string | undefined;
  readonly type: string | undefined;
}

/**
 * The server's stream of accepted events. The browser takes a lost connection up again with the id of the last event
 * that came, and the server sends what was missed, so there are no gaps. Pausing holds back what is shown and keeps
 * listening; going on shows what came meanwhile.
 */
export function useLiveTail({ appId, type }: TailFilter): LiveTail {
  const [events, setEvents] = useState<readonly TailedEvent[]>([]);
  const [heldCount, setHeldCount] = useState(0);
  const [state, setState] = useState<TailState>('connecting');
  const [error, setError] = useState<Error | null>(null);
  const [isPaused, setPaused] = useState(false);
  const paused = useRef(false);
  const gathered = useRef<TailedEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const fresh = gathered.current;
    if (paused.current) {
      setHeldCount(fresh.length);
      return;
    }
    gathered.current = [];
    setHeldCount(0);
    if (fresh.length > 0) setEvents((shown) => [...fresh.reverse(), ...shown].slice(0, maxShown));
  }, []);

  useEffect(() => {
    gathered.current = [];
    setEvents([]);
    setHeldCount(0);
    setError(null);
    setState('connecting');
    const input = {
      ...(appId !== undefined && { appId }),
      // One of the catalogue, or the server says that it knows no such event.
      ...(type !== undefined && { types: [type] }),
    } as Inputs['events']['subscribe'];
    const subscription = client.events.subscribe.subscribe(input, {
      onConnectionStateChange: (change) => {
        if (change.state === 'connecting') setState(change.error === null ? 'connecting' : 'reconnecting');
      },
      onData: (item) => {
        // The first item tells from where on nothing is missed, so it is live from here on and not from the connection.
        setState('live');
        if (item.data === null) return;
        if (gathered.current.length >= maxShown) gathered.current.shift();
        gathered.current.push({ ...item.data, cursor: item.id });
        timer.current ??= setTimeout(flush, gatherMs);
      },
      onError: (refusal) => {
        setError(refusal);
        setState('refused');
      },
    });
    return () => {
      subscription.unsubscribe();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [appId, type, flush]);

  const pause = (next: boolean) => {
    paused.current = next;
    setPaused(next);
    flush();
  };
  return { events, heldCount, state, error, isPaused, pause, clear: () => setEvents([]) };
}

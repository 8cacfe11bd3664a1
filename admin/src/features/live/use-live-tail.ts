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

export type TailState = 'connecting' | 'live' | 'reconnecting' | 'rejected';

/** The most rows that are kept. More would slow down the page. */
const maxEvents = 500;

/** How long events are buffered before they are rendered together, to keep the page responsive under load. */
const bufferMs = 120;

export interface LiveTail {
  /** Newest first. */
  readonly events: readonly TailedEvent[];
  /** How many events arrived while paused. */
  readonly bufferedCount: number;
  readonly state: TailState;
  readonly error: Error | null;
  readonly isPaused: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly clear: () => void;
}

export interface TailFilter {
  readonly appId: string | undefined;
  readonly type: string | undefined;
}

/**
 * Subscribes to accepted events. After a disconnect the browser resumes with the id of the last event and the
 * server sends the missed ones, so there are no gaps. While paused, new events are buffered and shown on
 * resume.
 */
export function useLiveTail({ appId, type }: TailFilter): LiveTail {
  const [events, setEvents] = useState<readonly TailedEvent[]>([]);
  const [bufferedCount, setBufferedCount] = useState(0);
  const [state, setState] = useState<TailState>('connecting');
  const [error, setError] = useState<Error | null>(null);
  const [isPaused, setPaused] = useState(false);
  const paused = useRef(false);
  const buffer = useRef<TailedEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const newEvents = buffer.current;
    if (paused.current) {
      setBufferedCount(newEvents.length);
      return;
    }
    buffer.current = [];
    setBufferedCount(0);
    if (newEvents.length > 0) setEvents((shown) => [...newEvents.reverse(), ...shown].slice(0, maxEvents));
  }, []);

  useEffect(() => {
    buffer.current = [];
    setEvents([]);
    setBufferedCount(0);
    setError(null);
    setState('connecting');
    const input = {
      ...(appId !== undefined && { appId }),
      // The type comes from the address. The server rejects an unknown one.
      ...(type !== undefined && { types: [type] }),
    } as Inputs['events']['subscribe'];
    const subscription = client.events.subscribe.subscribe(input, {
      onConnectionStateChange: (change) => {
        if (change.state === 'connecting') setState(change.error === null ? 'connecting' : 'reconnecting');
      },
      onData: (item) => {
        // The first item carries the cursor to resume from, so the tail is live from here and not from the
        // connection.
        setState('live');
        if (item.data === null) return;
        if (buffer.current.length >= maxEvents) buffer.current.shift();
        buffer.current.push({ ...item.data, cursor: item.id });
        timer.current ??= setTimeout(flush, bufferMs);
      },
      onError: (rejection) => {
        setError(rejection);
        setState('rejected');
      },
    });
    return () => {
      subscription.unsubscribe();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [appId, type, flush]);

  const changePaused = (next: boolean) => {
    paused.current = next;
    setPaused(next);
    flush();
  };
  return {
    events,
    bufferedCount,
    state,
    error,
    isPaused,
    setPaused: changePaused,
    clear: () => setEvents([]),
  };
}

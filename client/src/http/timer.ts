/** The longest delay that `setTimeout` takes, in ms. It runs a timer with a longer one after 1 ms. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Calls a function after a delay of any length. Never calls it if the delay is Infinity. Returns the function
 * that stops the timer.
 */
export function startTimer(run: () => void, delayMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number): void => {
    if (leftMs === Infinity) return;
    timer =
      leftMs <= maxTimerMs
        ? setTimeout(run, leftMs)
        : setTimeout(() => wait(leftMs - maxTimerMs), maxTimerMs);
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}

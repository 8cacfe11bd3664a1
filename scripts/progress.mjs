/// <reference types="node" />

/** How often a pipe gets a line. */
const pipeEveryMs = 10_000;

/**
 * Shows that a step is running and for how long: one changing line on a terminal, a line every ten seconds in a pipe.
 * Uses no dependencies, because it runs before they are installed.
 *
 * @param {string} label such as `Installing dependencies`
 * @param {() => string} [describe] what is done so far, such as `120 of 700 packages`
 * @returns {{ end(result: string): void }} `end` replaces the line by the result and the elapsed time.
 */
export function startProgress(label, describe = () => '') {
  const output = process.stderr;
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0);
  const text = () => [`${label} ...`, describe(), `${seconds()} s`].filter((part) => part !== '').join(' ');
  const show = output.isTTY
    ? () => void output.write(`\r\u001b[K${text().slice(0, Math.max(20, output.columns - 1))}`)
    : () => void output.write(`${text()}\n`);
  show();
  const timer = setInterval(show, output.isTTY ? 1_000 : pipeEveryMs);
  return {
    end(result) {
      clearInterval(timer);
      output.write(`${output.isTTY ? '\r\u001b[K' : ''}${result} (${seconds()} s)\n`);
    },
  };
}

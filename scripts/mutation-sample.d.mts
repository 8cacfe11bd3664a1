/**
 * Draws a random sample without replacement. The same ids and the same seed give the same sample.
 *
 * @param size how many to draw; all ids if there are fewer
 */
export function drawSample(ids: readonly string[], size: number, seed: number): ReadonlySet<string>;

/** The 95 % interval (Wilson) of a percentage that `detected` of `tested` mutants estimate, in percent. */
export function scoreInterval(detected: number, tested: number): readonly [low: number, high: number];

import { createHash } from 'node:crypto';

/**
 * Draws a random sample without replacement. The same ids and the same seed give the same sample.
 *
 * @param {readonly string[]} ids
 * @param {number} size how many to draw; all ids if there are fewer
 * @param {number} seed
 * @returns {ReadonlySet<string>}
 */
export function drawSample(ids, size, seed) {
  const byRank = ids
    .map((id) => ({ id, rank: createHash('sha256').update(`${seed} ${id}`).digest('hex') }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  return new Set(byRank.slice(0, size).map(({ id }) => id));
}

/** The quantile of the normal distribution for an interval of 95 %. */
const quantile = 1.96;

/**
 * The 95 % interval (Wilson) of a percentage that `detected` of `tested` mutants estimate, in percent.
 *
 * @param {number} detected
 * @param {number} tested
 * @returns {readonly [low: number, high: number]}
 */
export function scoreInterval(detected, tested) {
  const share = detected / tested;
  const spread = quantile ** 2 / tested;
  const center = (share + spread / 2) / (1 + spread);
  const half = Math.sqrt((share * (1 - share) + spread / 4) * spread) / (1 + spread);
  return [(center - half) * 100, (center + half) * 100];
}

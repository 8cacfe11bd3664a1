/**
 * A checker for Stryker that passes a random sample of the mutants and takes the others out of the run. It is
 * a plugin because only Stryker knows all mutants of a folder. MUTATION_SAMPLE is the size, MUTATION_SEED the
 * seed.
 */
import { CheckStatus } from '@stryker-mutator/api/check';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { drawSample } from './mutation-sample.mjs';

/** @typedef {import('@stryker-mutator/api/core').Mutant} Mutant */

class Sampler {
  async init() {}

  /**
   * Puts all mutants into one group, so that `check` draws from all of them.
   *
   * @param {readonly Mutant[]} mutants
   */
  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  /** @param {readonly Mutant[]} mutants */
  async check(mutants) {
    const { MUTATION_SAMPLE, MUTATION_SEED } = process.env;
    const ids = mutants.map(({ id }) => id);
    const sample = drawSample(ids, Number(MUTATION_SAMPLE), Number(MUTATION_SEED));
    const outside = { status: CheckStatus.CompileError, reason: 'Not in the sample.' };
    return Object.fromEntries(
      ids.map((id) => [id, sample.has(id) ? { status: CheckStatus.Passed } : outside]),
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sampler', Sampler)];

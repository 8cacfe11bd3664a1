/* Plugins of Stryker for scripts/mutation.mjs. */
import { relative } from 'node:path';
import { CheckStatus } from '@stryker-mutator/api/check';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { drawSample } from './mutation-sample.mjs';

/** @typedef {import('@stryker-mutator/api/core').Mutant} Mutant */
/** @typedef {import('@stryker-mutator/api/core').MutantResult} MutantResult */

/**
 * A checker that passes a random sample of the mutants and takes the others out of the run, because only
 * Stryker knows all mutants of a folder. MUTATION_SAMPLE is the size, MUTATION_SEED the seed.
 */
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

/** Leaves out the descriptions of schemas: they are words for people, which no test repeats. */
class DescriptionIgnorer {
  /**
   * @param {any} path
   * @returns {string | undefined}
   */
  shouldIgnore({ node, parent }) {
    const isDescription =
      parent?.type === 'CallExpression' &&
      parent.callee.type === 'MemberExpression' &&
      parent.callee.property.type === 'Identifier' &&
      parent.callee.property.name === 'describe' &&
      parent.arguments.includes(node);
    return isDescription ? 'The description of a schema.' : undefined;
  }
}

/** Prints each mutant that no test detects at once, because the report comes after hours. */
class SurvivorReporter {
  /** @param {MutantResult} result */
  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (!['Survived', 'NoCoverage', 'Timeout'].includes(status)) return;
    const place = `${relative(process.cwd(), fileName)}:${location.start.line}:${location.start.column}`;
    console.log(`${status}: ${place} ${mutatorName} => ${replacement?.replaceAll(/\s+/g, ' ')}`);
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.Checker, 'sampler', Sampler),
  declareClassPlugin(PluginKind.Ignore, 'descriptions', DescriptionIgnorer),
  declareClassPlugin(PluginKind.Reporter, 'survivors', SurvivorReporter),
];

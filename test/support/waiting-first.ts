import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for elections and restarts most of their time. */
const waiting = /\/test\/integration\/(embedded|database)\//;

/** Starts the files that mostly wait before the others of their project, so that they leave no core idle at the end. */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => (waiting.test(moduleId) ? 0 : 1);
    return sorted.sort((a, b) => (a.project.name === b.project.name ? rank(a) - rank(b) : 0));
  }
}

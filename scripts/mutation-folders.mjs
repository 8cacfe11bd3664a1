/**
 * What `npm run test:mutation` measures: the sources of each folder and the tests that have to notice a change in them.
 * Unit tests are preferred because they take milliseconds. Tests outside of `test/unit/` start a mongod.
 *
 * @typedef {object} Folder
 * @property {readonly string[]} mutate
 * @property {readonly string[]} tests
 * @property {readonly string[]} [excluded] Mutators of Stryker to leave out.
 *
 * @type {Record<string, Folder>}
 */
export const folders = {
  shared: {
    mutate: ['shared/src/**/*.ts'],
    tests: ['test/unit/shared/**/*.test.ts', 'test/unit/client/receiver/{sender-vectors,verify}.test.ts'],
  },
  domain: {
    mutate: ['server/src/domain/**/*.ts'],
    tests: [
      'test/unit/domain/**/*.test.ts',
      'test/unit/delivery/**/*.test.ts',
      'test/unit/services/**/*.test.ts',
    ],
  },
  services: {
    mutate: ['server/src/services/**/*.ts'],
    tests: ['test/unit/services/**/*.test.ts', 'test/integration/**/*.test.ts'],
  },
  receiver: {
    mutate: ['client/src/receiver/**/*.ts'],
    tests: ['test/unit/client/receiver/**/*.test.ts', 'test/integration/client/adapters.test.ts'],
  },
  publish: {
    mutate: ['client/src/publish/**/*.ts'],
    tests: ['test/unit/client/publish/**/*.test.ts', 'test/integration/client/publish.test.ts'],
  },
  ssrf: {
    mutate: ['server/src/delivery/address/**/*.ts'],
    tests: ['test/unit/delivery/address/**/*.test.ts'],
  },
  destinations: {
    mutate: ['server/src/delivery/formats/**/*.ts'],
    tests: ['test/unit/delivery/formats/**/*.test.ts'],
  },
  filters: {
    mutate: ['server/src/store/mongo/deliveries/delivery-store.ts', 'server/src/store/mongo/deliveries/in-flight-deliveries.ts'],
    tests: ['test/contract/**/*.test.ts'],
  },
};

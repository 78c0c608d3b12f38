/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.(ts|mjs|js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  // pnpm's real paths: only these ESM-only packages are compiled.
  transformIgnorePatterns: ['/node_modules/(?!\\.pnpm/(fast-check|pure-rand)@)'],
  // The fault runs take minutes and all of the machine: DUBAN_FAULTS=1 adds them.
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.DUBAN_FAULTS === '1' ? [] : ['/tests/faults/'])],
  maxWorkers: 2,
  testTimeout: 60_000,
};

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
  transformIgnorePatterns: [
    '^(?!.*/node_modules/\\.pnpm/(fast-check|pure-rand|file-type|strtok3|token-types|uint8array-extras|@tokenizer\\+\\w+|@borewit\\+text-codec)@).*/node_modules/',
  ],
  maxWorkers: 2,
  testTimeout: 60_000,
};

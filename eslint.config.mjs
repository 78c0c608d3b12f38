import js from '@eslint/js';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/node_modules/**', '.duban/**', 'tests/replay/histories/**', 'shared/database/migrations/**'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.cjs', '*.mjs', 'infra/local/*.mjs'] } },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    // What the workflow bundle holds must be deterministic: no host clock but Date.now (virtual there), no host I/O.
    files: ['workflows/src/**/*.ts', 'shared/contracts/src/**/*.ts', 'shared/policy/src/**/*.ts'],
    ignores: [
      'workflows/src/bundle.ts',
      'shared/contracts/src/schemas.ts',
      'shared/policy/src/calendar-cases.ts',
      'shared/policy/src/case-check.ts',
      'shared/policy/src/compile.ts',
      'shared/policy/src/zone.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setImmediate',
        'require',
        'Intl',
        'WeakRef',
        'FinalizationRegistry',
      ],
      'no-restricted-imports': ['error', { patterns: ['node:*', 'fs', 'path', 'crypto'] }],
    },
  },
  {
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        module: 'writable',
        require: 'readonly',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);

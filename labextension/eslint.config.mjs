import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import { defineConfig } from 'eslint/config';
import typescript from 'typescript-eslint';

const heavy = {
  group: ['@jupyterlab/*', '@lumino/*'],
  message: 'src/annotator runs in cells too: plain TypeScript only.'
};

export default defineConfig([
  { ignores: ['lib', 'node_modules', 'src/api/schema.ts', 'tests', '*.mjs'] },
  js.configs.recommended,
  ...typescript.configs.recommended,
  { plugins: { jupyter } },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]', match: true } }
      ],
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
      ],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/no-unused-expressions': [
        'error',
        { allowTernary: true, allowShortCircuit: true }
      ],
      'prefer-arrow-callback': 'error',
      'jupyter/plugin-description': 'error',
      'jupyter/token-format': 'error'
    }
  },
  {
    files: ['src/annotator/**/*.ts', 'src/widgets/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [heavy] }] }
  }
]);

// Bundles the tests and runs them with Node's own test runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const tests = readdirSync(here, { recursive: true }).filter(name => name.endsWith('.test.ts'));
const folder = mkdtempSync(join(tmpdir(), 'comexp-tests-'));
try {
  await build({
    entryPoints: tests.map(name => join(here, name)),
    outdir: folder,
    outbase: here,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning'
  });
  const files = tests.map(name => join(folder, name.replace(/\.ts$/, '.mjs')));
  process.exitCode = spawnSync(
    process.execPath,
    ['--test', '--test-force-exit', '--test-timeout=60000', ...files],
    { stdio: 'inherit' }
  ).status;
} finally {
  rmSync(folder, { recursive: true });
}

// Writes src/api/schema.ts from the service's OpenAPI document; with --check only says whether it is up to date.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { format } from 'prettier';

const target = new URL('src/api/schema.ts', import.meta.url);
const python = process.env.PYTHON ?? 'python';
const document = execFileSync(python, ['messages.py'], { maxBuffer: 1e8 });
const note =
  '/** Generated from the OpenAPI document of the lab service by `jlpm types`: do not edit. */\n\n';
const code = note + astToString(await openapiTS(document.toString()));
const { prettier } = JSON.parse(readFileSync(new URL('package.json', import.meta.url)));
const text = await format(code, { parser: 'typescript', ...prettier });

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/api/schema.ts is out of date: run `jlpm types`.');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}

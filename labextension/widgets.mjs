// Bundles each entry of src/widgets into one ES module for anywidget (comexp_lab/widgets/static).
import { existsSync, readdirSync } from 'node:fs';
import { build } from 'esbuild';

const folder = 'src/widgets';
const entries = existsSync(folder)
  ? readdirSync(folder).filter(name => /^[a-z]+\.tsx?$/.test(name))
  : [];
if (entries.length > 0) {
  await build({
    entryPoints: entries.map(name => `${folder}/${name}`),
    outdir: '../comexp_lab/widgets/static',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2020',
    loader: { '.css': 'text', '.svg': 'text' },
    legalComments: 'none'
  });
}

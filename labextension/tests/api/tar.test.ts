import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { tarOf } from '../../src/api/tar';

const LONG = `${'folder-with-a-long-name/'.repeat(6)}ünïcödé 图片.jpg`;

test('the tar of the system takes out what went in', async () => {
  const contents: Record<string, Uint8Array> = {
    'a/one.jpg': new Uint8Array(700).fill(1),
    'a/empty.txt': new Uint8Array(0),
    'b/block.bin': new Uint8Array(1024).fill(7),
    [LONG]: new Uint8Array(3).fill(9)
  };
  const files = Object.entries(contents).map(([path, bytes]) => ({
    path,
    file: new File([bytes], 'x', { lastModified: 1_700_000_000_000 })
  }));
  const whole = tarOf(files, 'photos.tar');
  assert.equal(whole.name, 'photos.tar');
  assert.equal(whole.size % 512, 0);
  assert.equal(whole.lastModified, 1_700_000_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'comexp-tar-'));
  try {
    writeFileSync(join(folder, 'photos.tar'), new Uint8Array(await whole.arrayBuffer()));
    execFileSync('tar', ['-xf', 'photos.tar'], { cwd: folder });
    for (const [path, bytes] of Object.entries(contents)) {
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, path))), bytes, path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A tar put together from files without reading them (POSIX.1-2001 pax interchange format). */

import type { INamedFile } from './files';

const BLOCK = 512;
const NAME_BYTES = 100;
const LARGEST = 0o77777777777;
const FILE = '0';
const EXTENDED = 'x';
const text = new TextEncoder();

/** The files under their paths; what was changed last tells when the whole was. */
export function tarOf(files: INamedFile[], name: string): File {
  const parts: BlobPart[] = [];
  let changed = 0;
  for (const { path, file } of files) {
    const seconds = Math.floor(file.lastModified / 1000);
    const extended = records(path, file.size);
    if (extended.length > 0) {
      parts.push(
        header('pax', extended.length, seconds, EXTENDED),
        extended,
        padding(extended.length)
      );
    }
    parts.push(header(path, Math.min(file.size, LARGEST), seconds, FILE), file, padding(file.size));
    changed = Math.max(changed, file.lastModified);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new File(parts, name, { lastModified: changed });
}

/** What the plain header cannot hold: names that are long or not ASCII, and sizes from 8 GB on. */
function records(path: string, size: number): Uint8Array {
  const plain = path.length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(path);
  const lines =
    (plain ? '' : record('path', path)) + (size > LARGEST ? record('size', `${size}`) : '');
  return text.encode(lines);
}

/** `length key=value\\n`, the length counting itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = text.encode(rest).length;
  let length = bytes + 1;
  while (`${length}`.length + bytes !== length) {
    length = `${length}`.length + bytes;
  }
  return `${length}${rest}`;
}

function header(path: string, size: number, seconds: number, kind: string): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, value: string) => block.set(text.encode(value), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  block.set(text.encode(path).subarray(0, NAME_BYTES));
  put(100, `${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`);
  put(124, `${octal(size, 11)}\0${octal(Math.max(seconds, 0), 11)}\0`);
  put(148, '        ');
  put(156, kind);
  put(257, 'ustar\x0000');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}

function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What a person dropped or chose, as files with their paths, and many small files as one zip stream. */

import { makeZip, predictLength } from 'client-zip';

export interface INamedFile {
  /** Path inside what was dropped, e.g. `street/images/0001.jpg`. */
  path: string;
  file: File;
}

/** Something that can be uploaded in one go. */
export interface IParcel {
  name: string;
  bytes: number;
  files: number;
  /** A file can be resumed after a reload of the page; a stream cannot. */
  content: File | IReader;
}

/** What the upload reads from. */
export type IReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read'>;

/** How much is sent in one request. */
export const CHUNK_BYTES = 16 * 1024 * 1024;

/** Files up to this size are read at once: as streams they come in pieces of 64 kB, of which each costs as much. */
const WHOLE_BYTES = 4 * 1024 * 1024;
/** How many files are read before they are needed. */
const AHEAD = 8;

/** All files of a drop, folders included. Must be called before the drop event returns. */
export async function filesOf(transfer: DataTransfer): Promise<INamedFile[]> {
  const entries = [...transfer.items]
    .filter(item => item.kind === 'file')
    .map(item => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: INamedFile[] = [];
  for (const entry of entries) {
    if (entry instanceof File) {
      found.push({ path: entry.name, file: entry });
    } else if (entry) {
      await walk(entry, found);
    }
  }
  return found;
}

/** The files of an `<input type="file">`, with or without `webkitdirectory`. */
export function filesOfInput(list: FileList): INamedFile[] {
  return [...list].map(file => ({ path: file.webkitRelativePath || file.name, file }));
}

/** One file as it is; several as a zip without compression, made while it is sent. */
export function pack(files: INamedFile[], title: string): IParcel {
  if (files.length === 1) {
    const { file } = files[0];
    return { name: file.name, bytes: file.size, files: 1, content: file };
  }
  const sizes = files.map(({ path, file }) => ({ name: path, size: file.size }));
  const stream = makeZip(opened(files));
  return {
    name: `${title}.zip`,
    bytes: Number(predictLength(sizes)),
    files: files.length,
    content: inChunks(stream.getReader(), CHUNK_BYTES)
  };
}

/** The entries of a zip with what is in them, some files ahead. */
async function* opened(
  files: INamedFile[]
): AsyncGenerator<{ name: string; lastModified: Date; input: File | ArrayBuffer }> {
  const ahead: Promise<File | ArrayBuffer>[] = [];
  for (let n = 0, next = 0; n < files.length; n++) {
    for (; next < Math.min(n + AHEAD, files.length); next++) {
      const { file } = files[next];
      ahead.push(file.size > WHOLE_BYTES ? Promise.resolve(file) : quiet(file.arrayBuffer()));
    }
    const { path, file } = files[n];
    const input = await ahead[n];
    delete ahead[n];
    yield { name: path, lastModified: new Date(file.lastModified), input };
  }
}

/** Hands out large pieces, each made while the one before is sent: the uploader copies all it has at each small one. */
function inChunks(reader: IReader, size: number): IReader {
  const gather = async (): Promise<ReadableStreamReadResult<Uint8Array>> => {
    const pieces: Uint8Array[] = [];
    let total = 0;
    while (total < size) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      pieces.push(value);
      total += value.length;
    }
    const whole = new Uint8Array(total);
    let offset = 0;
    for (const piece of pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return total > 0 ? { done: false, value: whole } : { done: true, value: undefined };
  };
  let coming = quiet(gather());
  return {
    read: async () => {
      const now = await coming;
      coming = now.done ? coming : quiet(gather());
      return now;
    }
  };
}

/** A promise whose failure is told to whoever awaits it later, and only then. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** A name for what was dropped: its folder, its archive, or its only file. */
export function titleOf(files: INamedFile[]): string {
  const tops = new Set(files.map(({ path }) => path.split('/')[0]));
  const [first] = tops;
  return tops.size === 1 && first ? first.replace(/\.[^.]+$/, '') : 'images';
}

async function walk(entry: FileSystemEntry, found: INamedFile[]): Promise<void> {
  if (entry.isDirectory) {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (let batch = await children(reader); batch.length > 0; batch = await children(reader)) {
      for (const child of batch) {
        await walk(child, found);
      }
    }
  } else if (!entry.name.startsWith('.')) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    );
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
  }
}

/** The next children of a folder: browsers hand them out a hundred at a time. */
function children(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

/** What a person dropped or chose, as files with their paths, and many files as one. */

import { tarOf } from './tar';

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
  content: File;
}

/** How much is sent in one request. */
export const CHUNK_BYTES = 16 * 1024 * 1024;

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

/** One file as it is; several as a tar, of which the browser reads nothing before it is sent. */
export function pack(files: INamedFile[], title: string): IParcel {
  const content = files.length === 1 ? files[0].file : tarOf(files, `${title}.tar`);
  return { name: content.name, bytes: content.size, files: files.length, content };
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

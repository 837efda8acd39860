/** What only a browser can do: let a person choose files, and hand them one. */

import { INamedFile, filesOfInput } from './api/files';

export interface IChoice {
  folder?: boolean;
  multiple?: boolean;
  accept?: string;
}

/** Opens the browser's file dialog; empty if it was cancelled. */
export function chooseFiles(choice: IChoice): Promise<INamedFile[]> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = choice.multiple ?? false;
  input.webkitdirectory = choice.folder ?? false;
  input.accept = choice.accept ?? '';
  return new Promise(resolve => {
    input.onchange = () => resolve(input.files ? filesOfInput(input.files) : []);
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

/** Downloads from an address of ours. */
export function saveFrom(url: string, name = ''): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Downloads a text that is in memory. */
export function saveText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Opens a page of ours, which runs no scripts, in a tab of its own: to be read and printed. */
export function openPage(html: string): void {
  const url = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  window.open(url, '_blank', 'noopener');
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

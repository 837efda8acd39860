/** The code cell that stands for a dataset. */

const DEFAULT = 'import comexp_lab as cx\n\nlab = cx.open()\nds = lab.dataset({name})\nds';

let template = DEFAULT;

/** Changes the code; `{name}` stands for the quoted name of the dataset. */
export function setSnippet(text: string): void {
  template = text || DEFAULT;
}

export function snippet(name: string): string {
  return template.replace('{name}', () => JSON.stringify(name));
}

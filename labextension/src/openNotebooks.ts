/** Notebooks that are open while data is erased: what they show is saved first, so that it is looked through; what then goes from the file goes from the page. */

import type { IAttachmentsCellModel, ICodeCellModel } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';

type Outputs = Parameters<ICodeCellModel['outputs']['fromJSON']>[0];

/** A notebook as it is in its file. */
interface INotebookFile {
  cells: {
    id?: string;
    source: string | string[];
    outputs?: Outputs;
    attachments?: Record<string, unknown>;
  }[];
  metadata: { widgets?: IWidgets };
}

/** States of widgets, as ipywidgets keeps them in a notebook. */
interface IWidgets {
  [STATE]?: { state: Record<string, unknown> };
}

const STATE = 'application/vnd.jupyter.widget-state+json';

/** A cell at the last save: what a person wrote, how many outputs it had, and what was attached to it. */
interface IState {
  text: string;
  shown: number;
  attached: string[];
}

/** Cells that may erase or correct something. */
const CALLS = /\b(erase|rectify|execute|forget)\w*\(|\bcomexp rights\b/;

export class OpenNotebooks {
  constructor(
    private _tracker: INotebookTracker,
    private _contents: Contents.IManager
  ) {
    _tracker.forEach(panel => this._watch(panel));
    _tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    NotebookActions.executed.connect((_, { cell }) => {
      if (this._waiting || CALLS.test(cell.model.sharedModel.getSource())) {
        void this.settle();
      }
    });
  }

  private _watch(panel: NotebookPanel): void {
    const { context, sessionContext } = panel;
    void context.ready.then(() => this._remember(panel));
    context.saveState.connect((_, state) => state === 'started' && this._remember(panel));
    sessionContext.iopubMessage.connect((_, message) => {
      // By now all that the cells before have to show has come.
      if (message.header.msg_type === 'execute_input') {
        const { code } = message.content as { code: string };
        if (CALLS.test(code)) {
          void this.save();
        }
      }
    });
  }

  /** What is in the file from now on is what is in the page now. */
  private _remember(panel: NotebookPanel): void {
    this._saved.set(panel, states(panel.context.model.toJSON() as unknown as INotebookFile));
  }

  /** Save what is not saved yet; a notebook whose file somebody else changed is left alone. */
  async save(): Promise<void> {
    const unsaved = this._panels().filter(({ context }) => context.model.dirty);
    await Promise.all(
      unsaved.map(async panel => {
        if (!(await this._changed(panel))) {
          await panel.context.save();
        }
      })
    );
  }

  /** Take over what went from files, where outputs are all that changed in them. Notebooks that are running wait for their last cell. */
  async settle(): Promise<void> {
    this._waiting = false;
    await Promise.all(this._panels().map(panel => this._settle(panel)));
  }

  private async _settle(panel: NotebookPanel): Promise<void> {
    const { context, content: notebook } = panel;
    if (!(await this._changed(panel))) {
      return;
    }
    const cells = new Map(codeCells(panel).map(cell => [cell.id, cell]));
    if ([...cells.values()].some(cell => cell.executionState !== 'idle')) {
      this._waiting = true;
      return;
    }
    const { content } = await this._contents.get(context.path, { type: 'notebook', content: true });
    const saved = this._saved.get(panel) ?? [];
    const file = content as INotebookFile;
    const now = states(file);
    if (now.length !== saved.length || now.some(({ text }, n) => text !== saved[n].text)) {
      return; // somebody else changed it: JupyterLab asks at the next save
    }
    for (const [n, { id, outputs, attachments = {} }] of file.cells.entries()) {
      const gone = saved[n].attached.filter(name => !(name in attachments));
      gone.forEach(name => attachedTo(panel, id)?.remove(name));
      const cell = cells.get(id ?? '');
      if (outputs && cell?.outputs.length === saved[n].shown) {
        cell.outputs.fromJSON(outputs); // shows what was saved, and not more since
      }
    }
    const left = widgetStates(file.metadata.widgets);
    const known = Object.keys(widgetStates(context.model.getMetadata('widgets')));
    dropWidgets(
      panel,
      known.filter(id => !(id in left))
    );
    const active = notebook.activeCellIndex;
    await this._contents.save(context.path, {
      type: 'notebook',
      format: 'json',
      content: context.model.toJSON()
    });
    await context.revert();
    this._remember(panel);
    notebook.activeCellIndex = active;
  }

  /** Whether the file is another than was last read or saved here. */
  private async _changed({ context }: NotebookPanel): Promise<boolean> {
    const known = context.contentsModel?.hash;
    const file = await this._contents.get(context.path, { content: false, hash: true });
    return !!known && !!file.hash && file.hash !== known;
  }

  private _panels(): NotebookPanel[] {
    const all: NotebookPanel[] = [];
    this._tracker.forEach(panel => all.push(panel));
    return all.filter(({ context }) => context.isReady && !context.model.collaborative);
  }

  private _saved = new WeakMap<NotebookPanel, IState[]>();
  private _waiting = false;
}

function codeCells({ content }: NotebookPanel): ICodeCellModel[] {
  return content.widgets
    .filter(({ model }) => model.type === 'code')
    .map(({ model }) => model as ICodeCellModel);
}

function widgetStates(widgets?: IWidgets): Record<string, unknown> {
  return widgets?.[STATE]?.state ?? {};
}

/** ipywidgets writes at each save the state of every widget that lives in the page: those that went do not come back. */
function dropWidgets({ context }: NotebookPanel, gone: string[]): void {
  const drop = () => {
    const widgets = context.model.getMetadata('widgets') as IWidgets | undefined;
    const kept = Object.entries(widgetStates(widgets)).filter(([id]) => !gone.includes(id));
    if (kept.length < Object.keys(widgetStates(widgets)).length) {
      const state = { ...widgets?.[STATE], state: Object.fromEntries(kept) };
      context.model.setMetadata('widgets', { ...widgets, [STATE]: state });
    }
  };
  drop();
  if (gone.length > 0) {
    context.saveState.connect((_, state) => state === 'started' && drop()); // after ipywidgets' own
  }
}

/** What is attached to a cell of text. */
function attachedTo({ content }: NotebookPanel, id?: string) {
  const cell = content.widgets.find(({ model }) => model.id === id);
  return (cell?.model as Partial<IAttachmentsCellModel> | undefined)?.attachments;
}

function states({ cells }: INotebookFile): IState[] {
  return cells.map(({ id, source, outputs = [], attachments = {} }) => ({
    text: `${id} ${Array.isArray(source) ? source.join('') : source}`,
    shown: outputs.length,
    attached: Object.keys(attachments)
  }));
}

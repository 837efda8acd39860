/** From dropped files to labels in a dataset: pack, send, import, report. */

import { INamedFile, pack, titleOf } from '../api/files';
import { Transfer } from '../api/upload';
import { IImportReport, IRun } from '../api/types';
import { LabModel } from './labModel';
import { IUpload } from './state';

export class Uploads {
  constructor(private _model: LabModel) {}

  /** Into a dataset, or into a new one named after what was dropped. */
  async add(files: INamedFile[], dataset: string | null): Promise<void> {
    if (files.length === 0) {
      this._model.notify('info', 'There was no file in what you dropped.');
      return;
    }
    const title = titleOf(files);
    const target = dataset ?? (await this._newDataset(title));
    if (target === null) {
      return;
    }
    await this._send(files, title, target, async (upload, id) => {
      const run = await this._model.api.importUploads(target, [upload], dataset === null);
      this._model.putRun(run);
      this._change(id, { status: 'importing', run: run.id });
      const over = await this._model.whenOver(run);
      this._finish(over, target, title);
    });
  }

  /** Weights of a model. */
  async addModel(file: File): Promise<void> {
    const name = file.name.replace(/\.[^.]+$/, '');
    await this._send([{ path: file.name, file }], name, null, async (upload, id) => {
      this._change(id, { status: 'importing' });
      await this._model.api.importModel(upload, name);
      this._model.reload();
    });
  }

  pause(id: number): void {
    this._transfers.get(id)?.pause();
    this._change(id, { status: 'paused' });
  }

  resume(id: number): void {
    this._transfers.get(id)?.resume();
    this._change(id, { status: 'sending' });
  }

  cancel(id: number): void {
    void this._model.attempt(async () => this._transfers.get(id)?.cancel());
  }

  private async _newDataset(title: string): Promise<string | null> {
    const made = await this._model.attempt(() =>
      this._model.api.createDataset(this._model.freeName(title), 'retained')
    );
    return made?.id ?? null;
  }

  private async _send(
    files: INamedFile[],
    title: string,
    dataset: string | null,
    then: (upload: string, id: number) => Promise<void>
  ): Promise<void> {
    const parcel = pack(files, title);
    const id = ++this._last;
    const entry: IUpload = {
      id,
      title,
      dataset,
      files: parcel.files,
      bytes: parcel.bytes,
      sent: 0,
      status: 'sending',
      run: null
    };
    this._model.update({ uploads: [...this._model.state.uploads, entry] });
    const progress = (sent: number) => this._change(id, { sent });
    const transfer = new Transfer(this._model.api, parcel, progress, dataset);
    this._transfers.set(id, transfer);
    await this._model.attempt(async () => then(await transfer.done, id));
    this._transfers.delete(id);
    this._model.update({ uploads: this._model.state.uploads.filter(other => other.id !== id) });
  }

  private _finish(run: IRun, dataset: string, title: string): void {
    if (run.status === 'succeeded') {
      const report = run.result as unknown as IImportReport;
      this._model.update({ reports: [...this._model.state.reports, { dataset, title, report }] });
      if (!(dataset in this._model.state.stats)) {
        this._model.toggleDataset(dataset);
      }
    } else {
      const reason = run.problem?.detail ?? run.message;
      this._model.notify('error', `${title}: ${String(reason || 'the import did not finish.')}`);
    }
    this._model.reload();
  }

  private _change(id: number, change: Partial<IUpload>): void {
    const uploads = this._model.state.uploads.map(upload =>
      upload.id === id ? { ...upload, ...change } : upload
    );
    this._model.update({ uploads });
  }

  private _transfers = new Map<number, Transfer>();
  private _last = 0;
}

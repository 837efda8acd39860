/** One typed function for each endpoint that the annotator uses. */

import { apiUrl, HttpError, IPlace, request } from './http';
import { Refusal } from './queue';
import { IClass, IDataset, IEditBatch, IReceipt, ISample, ISamplePage, IView } from './types';

export class DatasetApi {
  constructor(
    readonly place: IPlace,
    dataset: string
  ) {
    this._path = `datasets/${encodeURIComponent(dataset)}`;
  }

  dataset(): Promise<IDataset> {
    return request(this.place, this._path);
  }

  classes(): Promise<IClass[]> {
    return request(this.place, `${this._path}/classes`);
  }

  createClass(name: string, color: string): Promise<IClass> {
    return request(this.place, `${this._path}/classes`, { name, color });
  }

  /** All sample ids of a view, in its order. */
  ids(view: IView): Promise<number[]> {
    return request(this.place, `${this._path}/samples/ids`, view);
  }

  async samples(ids: number[]): Promise<ISample[]> {
    const path = `${this._path}/samples/query`;
    const view = { ids, limit: ids.length };
    return (await request<ISamplePage>(this.place, path, view)).samples;
  }

  sample(id: number): Promise<ISample> {
    return request(this.place, `${this._path}/samples/${id}`);
  }

  mediaUrl(id: number): string {
    return apiUrl(this.place, `${this._path}/samples/${id}/media`);
  }

  thumbnailUrl(id: number): string {
    return apiUrl(this.place, `${this._path}/samples/${id}/thumbnail`);
  }

  /** Throws Refusal when the service will never take this batch, any other error when it is worth another try. */
  async edit(batch: IEditBatch): Promise<IReceipt> {
    try {
      return await request(this.place, `${this._path}/labels`, batch);
    } catch (error) {
      if (error instanceof HttpError && error.final) {
        const conflict = error.type === 'urn:comexp:Conflict';
        throw new Refusal(error.message, conflict);
      }
      throw error;
    }
  }

  private readonly _path: string;
}

/**
 * The parts of the lab service's API that the annotator speaks, named as in `comexp_lab/api`.
 * Coordinates are pixels of the stored image after EXIF orientation.
 */

/** x, y, width, height; the origin is at the top left. */
export type Bbox = [number, number, number, number];

export type LabelKind = 'box' | 'rotated' | 'polygon' | 'mask' | 'keypoints' | 'tag';

export type LabelState = 'suggested' | 'accepted' | 'rejected';

export interface ILabelIn {
  class_name: string;
  kind: LabelKind;
  bbox?: Bbox | null;
  points?: number[] | null;
  rings?: number[][] | null;
  rle?: string | null;
  crowd?: boolean;
  confidence?: number | null;
  source?: string;
  state?: LabelState;
  track?: number | null;
  frame?: number | null;
  attributes?: Record<string, unknown> | null;
}

export interface ILabelOut extends ILabelIn {
  id: number;
  sample: number;
  area?: number | null;
  since: number;
}

export interface ISample {
  id: number;
  name: string;
  kind: 'image' | 'video' | 'frame';
  width: number;
  height: number;
  has_media?: boolean;
  labels: ILabelOut[];
}

export interface ISamplePage {
  total: number;
  revision: number;
  samples: ISample[];
}

export interface IClass {
  id: number;
  name: string;
  color: string;
  labels?: number;
}

export interface IDataset {
  id: string;
  name: string;
  revision: number;
  restricted?: boolean;
}

/** Which samples, as the service's ViewSpec. */
export interface IView {
  ids?: number[] | null;
  where?: string | null;
  order_by?: string | null;
  limit?: number | null;
  offset?: number;
  at?: number | string | null;
}

export interface IEdit {
  op: 'add' | 'set' | 'delete';
  sample?: number;
  label?: number;
  value?: ILabelIn;
  set?: Partial<ILabelIn>;
  since?: number;
}

export interface IEditBatch {
  client_id: string;
  edits: IEdit[];
  message: string;
}

export interface IReceipt {
  revision: number;
  labels: (number | null)[];
  repeated?: boolean;
}

/** A resumable upload (tus 1.0) through Jupyter to the lab service. */

import { DetailedError, HttpRequest, Upload } from 'tus-js-client';

import { CHUNK_BYTES, IParcel } from './files';
import { LabApi } from './lab';
import { LabError, problem, proofHeaders } from './request';

const RETRY_MS = [0, 500, 1000, 3000, 5000, 10_000];

export class Transfer {
  /**
   * Starts at once; `done` resolves to the id of the finished upload. `dataset` is the one it is for: what is meant for an
   * ephemeral one must reach no disk.
   */
  constructor(
    api: LabApi,
    parcel: IParcel,
    onProgress: (sent: number) => void,
    dataset: string | null = null
  ) {
    this.done = new Promise<string>((resolve, reject) => {
      this._reject = reject;
      this._upload = new Upload(parcel.content, {
        endpoint: api.uploadsUrl(),
        uploadSize: parcel.bytes,
        chunkSize: CHUNK_BYTES,
        retryDelays: RETRY_MS,
        metadata: { filename: parcel.name, ...(dataset === null ? {} : { dataset }) },
        storeFingerprintForResuming: true,
        removeFingerprintOnSuccess: true,
        onBeforeRequest: (sent: HttpRequest) => prove(sent, api),
        onProgress,
        onSuccess: () => resolve(this._upload.url?.split('/').pop() ?? ''),
        onError: error => reject(explain(error))
      });
    });
    void this._begin();
  }

  readonly done: Promise<string>;

  pause(): void {
    void this._upload.abort();
  }

  resume(): void {
    this._upload.start();
  }

  /** Stops for good and removes what had arrived. */
  async cancel(): Promise<void> {
    this._reject(new LabError('The upload was cancelled.', 0, 'urn:comexp:Cancelled'));
    await this._upload.abort(true);
  }

  /** Goes on where an earlier upload of the same files was cut off. */
  private async _begin(): Promise<void> {
    const [earlier] = await this._upload.findPreviousUploads();
    if (earlier) {
      this._upload.resumeFromPreviousUpload(earlier);
    }
    this._upload.start();
  }

  private _upload!: Upload;
  private _reject!: (reason: Error) => void;
}

function prove(sent: HttpRequest, api: LabApi): void {
  const ours = new URL(api.uploadsUrl(), location.href).href;
  if (new URL(sent.getURL(), location.href).href.startsWith(ours)) {
    Object.entries(proofHeaders(api.settings)).forEach(([name, value]) =>
      sent.setHeader(name, value)
    );
  }
}

function explain(error: Error | DetailedError): LabError {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (!response) {
    return new LabError('The upload was cut off: drop the files again to go on.', 0, '');
  }
  try {
    return problem(response.getStatus(), JSON.parse(response.getBody()));
  } catch {
    return problem(response.getStatus(), null);
  }
}

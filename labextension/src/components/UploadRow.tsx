import { closeIcon, fileUploadIcon, pauseIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IRun } from '../api/types';
import { IUpload } from '../model/state';
import { Button } from './Button';
import { useTrans } from './context';
import { bytes } from './format';
import { Progress } from './Progress';

export interface IUploadActions {
  onPause: (id: number) => void;
  onResume: (id: number) => void;
  onCancel: (id: number) => void;
}

interface IProps extends IUploadActions {
  upload: IUpload;
  /** The import that the upload became. */
  run: IRun | undefined;
}

/** Files on their way: how far, with pause and cancel. */
export function UploadRow({
  upload,
  run,
  onPause,
  onResume,
  onCancel
}: IProps): React.ReactElement {
  const trans = useTrans();
  const sending = upload.status !== 'importing';
  const share = upload.bytes > 0 ? upload.sent / upload.bytes : null;
  const [sent, all] = [bytes(upload.sent), bytes(upload.bytes)];
  const text = !sending
    ? run?.message || trans.__('Importing…')
    : upload.status === 'paused'
      ? trans.__('Paused at %1 of %2', sent, all)
      : trans.__('%1 of %2', sent, all);
  return (
    <div className="cx-Upload" role="group" aria-label={trans.__('Upload of %1', upload.title)}>
      <div className="cx-Upload-line">
        <fileUploadIcon.react tag="span" className="cx-Row-icon" width="14px" height="14px" />
        <span className="cx-Upload-title" title={upload.title}>
          {upload.title}
        </span>
        {sending && (
          <>
            {upload.status === 'paused' ? (
              <Button
                icon={runIcon}
                label={trans.__('Go on')}
                iconOnly
                onClick={() => onResume(upload.id)}
              />
            ) : (
              <Button
                icon={pauseIcon}
                label={trans.__('Pause')}
                iconOnly
                onClick={() => onPause(upload.id)}
              />
            )}
            <Button
              icon={closeIcon}
              label={trans.__('Cancel')}
              iconOnly
              onClick={() => onCancel(upload.id)}
            />
          </>
        )}
      </div>
      <Progress value={sending ? share : run?.progress || null} label={text} />
      <div className="cx-Dim">{text}</div>
    </div>
  );
}

import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { INotice } from '../model/state';
import { useLanguage } from '../words';
import { say } from '../words/sentences';
import { Button } from './Button';
import { useTrans } from './context';

interface IProps {
  notices: INotice[];
  onDismiss: (id: number) => void;
}

/** Lines that somebody has to read once, each with a way to put it away. */
export function Notices({ notices, onDismiss }: IProps): React.ReactElement {
  const trans = useTrans();
  const language = useLanguage();
  return (
    <div className="cx-Notices" aria-live="polite">
      {notices.map(notice => (
        <div
          key={notice.id}
          className={`cx-Notice cx-mod-${notice.kind}`}
          role={notice.kind === 'error' ? 'alert' : 'status'}
        >
          <span className="cx-Notice-text">{say(notice.text, language)}</span>
          <Button
            icon={closeIcon}
            label={trans.__('Dismiss')}
            iconOnly
            onClick={() => onDismiss(notice.id)}
          />
        </div>
      ))}
    </div>
  );
}

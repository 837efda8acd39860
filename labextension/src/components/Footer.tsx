import * as React from 'react';

import { ILabInfo } from '../api/types';
import { useTrans } from './context';
import { bytes } from './format';

interface IProps {
  lab: ILabInfo | null;
  sourceUrl: string;
}

/** Which version this is, where its source is (AGPL §13), and how much room is left. */
export function Footer({ lab, sourceUrl }: IProps): React.ReactElement {
  const trans = useTrans();
  return (
    <footer className="cx-Footer">
      <span>{lab ? `Comexp ${lab.version}` : trans.__('Connecting…')}</span>
      <a href={sourceUrl} download>
        {trans.__('Source code')}
      </a>
      <a
        href="https://www.gnu.org/licenses/agpl-3.0.html"
        target="_blank"
        rel="noreferrer noopener"
      >
        {trans.__('AGPL-3.0')}
      </a>
      {lab && <span className="cx-Dim">{trans.__('%1 free', bytes(lab.free_bytes))}</span>}
    </footer>
  );
}

import * as React from 'react';

import { ICertificate, IErasurePlan } from '../api/types';
import { Button } from './Button';
import { useTrans } from './context';
import { bytes } from './format';
import { InventoryTable } from './Rights';

interface IPlanProps {
  plan: IErasurePlan;
  /** Called with what was typed. */
  onTyped: (text: string) => void;
}

/** A dry run: what would be destroyed, and the name to type before it is. */
export function ErasureForm({ plan, onTyped }: IPlanProps): React.ReactElement {
  const trans = useTrans();
  const others = [
    plan.models.length > 0 ? trans.__('Models trained on it: %1.', plan.models.join(', ')) : '',
    plan.runs.length > 0 ? trans._n('%1 run goes too.', '%1 runs go too.', plan.runs.length) : ''
  ];
  return (
    <div className="cx-Erasure">
      <p>
        {trans.__(
          'This destroys %1 for good. It cannot be undone, not even by us.',
          bytes(plan.bytes)
        )}
      </p>
      <InventoryTable rows={plan.rows} />
      {others.filter(Boolean).map(line => (
        <p key={line}>{line}</p>
      ))}
      <label>
        {trans.__('Type %1 to confirm:', plan.confirm_text)}
        <input
          className="jp-mod-styled"
          aria-label={trans.__('Name of the dataset')}
          autoComplete="off"
          spellCheck={false}
          onChange={event => onTyped(event.target.value)}
        />
      </label>
    </div>
  );
}

interface ICertificateProps {
  name: string;
  certificate: ICertificate;
  onDownload: () => void;
}

/** The signed proof that a dataset was destroyed. */
export function CertificateView({
  name,
  certificate,
  onDownload
}: ICertificateProps): React.ReactElement {
  const trans = useTrans();
  const facts = Object.entries(certificate.body).filter(([, value]) => typeof value !== 'object');
  return (
    <div className="cx-Erasure">
      <p>
        {trans.__(
          '%1 was destroyed. Keep this certificate: it is signed and can be verified with “comexp verify”.',
          name
        )}
      </p>
      <dl className="cx-Facts cx-mod-wide">
        {facts.map(([key, value]) => (
          <React.Fragment key={key}>
            <dt>{key}</dt>
            <dd title={String(value)}>{String(value)}</dd>
          </React.Fragment>
        ))}
        <dt>{trans.__('signature')}</dt>
        <dd title={certificate.signature}>{certificate.signature}</dd>
      </dl>
      <Button label={trans.__('Download certificate')} accent onClick={onDownload} />
    </div>
  );
}

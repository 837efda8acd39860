import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IReport } from '../model/state';
import { Button } from './Button';
import { useTrans } from './context';
import { bytes, count, duration } from './format';

interface IProps {
  entry: IReport;
  onDismiss: () => void;
}

const SHOWN = 50;

/** What an import brought in, and each problem with its file and line. */
export function Report({ entry, onDismiss }: IProps): React.ReactElement {
  const trans = useTrans();
  const { report } = entry;
  const problems = report.problems ?? [];
  const total = report.problem_count || problems.length;
  const facts = [
    trans._n('%1 image', '%1 images', report.samples ?? 0, count(report.samples ?? 0)),
    trans._n('%1 label', '%1 labels', report.labels ?? 0, count(report.labels ?? 0)),
    report.duplicates ? trans.__('%1 duplicates left out', count(report.duplicates)) : '',
    bytes(report.bytes ?? 0),
    duration(report.seconds ?? 0)
  ].filter(Boolean);
  return (
    <section className="cx-Report" aria-label={trans.__('Import report')}>
      <header>
        <strong>{trans.__('Imported %1', entry.title)}</strong>
        {report.format && <span className="cx-Badge">{report.format}</span>}
        <Button icon={closeIcon} label={trans.__('Dismiss')} iconOnly onClick={onDismiss} />
      </header>
      <p>{facts.join(' · ')}</p>
      {total > 0 && (
        <details>
          <summary>{trans._n('%1 problem', '%1 problems', total, count(total))}</summary>
          <ul className="cx-Problems">
            {problems.slice(0, SHOWN).map((problem, index) => (
              <li key={index} className={`cx-mod-${problem.severity}`}>
                <code>{problem.line ? `${problem.file}:${problem.line}` : problem.file}</code>
                <span>{problem.what}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

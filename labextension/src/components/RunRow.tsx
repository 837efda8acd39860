import { downloadIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IRun, IRunDetail, isOver } from '../api/types';
import { Button } from './Button';
import { useTrans } from './context';
import { Curves, tellingColumns } from './Curves';
import { duration, moment } from './format';
import { Progress } from './Progress';

export interface IRunActions {
  onToggle: (id: string) => void;
  onCancel: (run: IRun) => void;
  onResume: (run: IRun) => void;
  onDownload: (run: IRun) => void;
}

interface IProps {
  run: IRun;
  dataset: string;
  open: boolean;
  detail: IRunDetail | null;
  actions: IRunActions;
}

/** One run: state, progress, what can be done with it; unfolds to curves and the end of its log. */
export function RunRow({ run, dataset, open, detail, actions }: IProps): React.ReactElement {
  const trans = useTrans();
  const going = !isOver(run);
  const resumable = run.kind === 'train' && ['failed', 'cancelled', 'lost'].includes(run.status);
  const download = run.status === 'succeeded' && typeof run.result?.download === 'string';
  return (
    <li className="cx-Run">
      <div className="cx-Run-line">
        <button
          type="button"
          className="cx-Run-head"
          aria-expanded={open}
          onClick={() => actions.onToggle(run.id)}
        >
          <span className={`cx-Dot cx-mod-${run.status}`} title={statusText(run, trans)} />
          <span className="cx-Run-title" title={run.title}>
            {run.title}
          </span>
          <span className="cx-Dim">
            {going ? remaining(run) : moment(run.ended ?? run.created)}
          </span>
          <span className="jp-sr-only cx-Hidden">{statusText(run, trans)}</span>
        </button>
        {going && (
          <Button
            icon={stopIcon}
            label={trans.__('Cancel')}
            iconOnly
            onClick={() => actions.onCancel(run)}
          />
        )}
        {resumable && (
          <Button
            icon={runIcon}
            label={trans.__('Resume')}
            iconOnly
            onClick={() => actions.onResume(run)}
          />
        )}
        {download && (
          <Button
            icon={downloadIcon}
            label={trans.__('Download')}
            iconOnly
            onClick={() => actions.onDownload(run)}
          />
        )}
      </div>
      {going && <Progress value={run.progress || null} label={run.title} />}
      {(going || run.status === 'failed' || run.status === 'lost') && (
        <div className={`cx-Run-message${going ? '' : ' cx-mod-error'}`}>{messageOf(run)}</div>
      )}
      {open && (
        <div className="cx-Run-body">
          <div className="cx-Dim">
            {[statusText(run, trans), dataset].filter(Boolean).join(' · ')}
          </div>
          {detail && <Detail detail={detail} />}
        </div>
      )}
    </li>
  );
}

function Detail({ detail }: { detail: IRunDetail }): React.ReactElement {
  const trans = useTrans();
  const rows = detail.metrics ?? [];
  const log = detail.log ?? [];
  return (
    <>
      <Curves
        rows={rows}
        columns={tellingColumns(rows)}
        title={trans.__('Losses and precision over the epochs')}
      />
      {log.length > 0 && <Log text={log.slice(-30).join('\n')} />}
    </>
  );
}

/** The end of the log, at its newest line. */
function Log({ text }: { text: string }): React.ReactElement {
  const trans = useTrans();
  const lines = React.useRef<HTMLPreElement>(null);
  React.useEffect(() => {
    if (lines.current) {
      lines.current.scrollTop = lines.current.scrollHeight;
    }
  }, [text]);
  return (
    <pre ref={lines} className="cx-Log" tabIndex={0} aria-label={trans.__('Log')}>
      {text}
    </pre>
  );
}

function messageOf(run: IRun): string {
  return String(run.problem?.detail ?? run.message ?? '');
}

function remaining(run: IRun): string {
  const percent = run.progress ? `${Math.round(run.progress * 100)} %` : '';
  return run.eta_s ? `${percent} · ${duration(run.eta_s)}` : percent;
}

function statusText(run: IRun, trans: ReturnType<typeof useTrans>): string {
  const texts: Record<IRun['status'], string> = {
    queued: trans.__('waiting'),
    running: trans.__('running'),
    succeeded: trans.__('done'),
    failed: trans.__('failed'),
    cancelled: trans.__('cancelled'),
    lost: trans.__('lost: its process ended unexpectedly')
  };
  return texts[run.status];
}

import {
  codeIcon,
  downloadIcon,
  editIcon,
  ellipsesIcon,
  fileUploadIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDataset, IStats } from '../api/types';
import { annotateIcon, gridIcon, snowflakeIcon } from '../icons';
import { useWords } from '../words';
import { Button } from './Button';
import { useTrans } from './context';
import { bytes, count } from './format';
import { Histogram } from './Histogram';

export interface IDatasetActions {
  onBrowse: (dataset: IDataset) => void;
  onAnnotate: (dataset: IDataset) => void;
  onInsert: (dataset: IDataset) => void;
  onExport: (dataset: IDataset, anchor: HTMLElement) => void;
  onFreeze: (dataset: IDataset) => void;
  onRename: (dataset: IDataset) => void;
  onChoose: (dataset: IDataset) => void;
  onUnfreeze: (dataset: IDataset) => void;
  /** Opens the menu of a dataset below an element. */
  onMenu: (dataset: IDataset, anchor: HTMLElement) => void;
}

interface IProps {
  dataset: IDataset;
  stats: IStats | null;
  actions: IDatasetActions;
}

/** What is in a dataset, and what can be done with it. */
export function DatasetDetail({ dataset, stats, actions }: IProps): React.ReactElement {
  const trans = useTrans();
  const exporter = React.useRef<HTMLSpanElement>(null);
  const menu = React.useRef<HTMLSpanElement>(null);
  const empty = dataset.samples === 0;
  if (dataset.restricted) {
    return <Frozen dataset={dataset} actions={actions} />;
  }
  return (
    <>
      <div
        className="cx-Actions"
        role="toolbar"
        aria-label={trans.__('What to do with %1', dataset.name)}
      >
        <Button
          icon={gridIcon}
          label={trans.__('Browse')}
          accent
          disabled={empty}
          onClick={() => actions.onBrowse(dataset)}
        />
        <Button
          icon={annotateIcon}
          label={trans.__('Annotate')}
          disabled={empty}
          onClick={() => actions.onAnnotate(dataset)}
        />
        <span className="cx-Spacer" />
        <Button
          icon={codeIcon}
          label={trans.__('Insert code')}
          iconOnly
          onClick={() => actions.onInsert(dataset)}
        />
        <Button
          icon={fileUploadIcon}
          label={trans.__('Add files')}
          iconOnly
          onClick={() => actions.onChoose(dataset)}
        />
        <span ref={exporter} className="cx-Anchor">
          <Button
            icon={downloadIcon}
            label={trans.__('Export')}
            iconOnly
            disabled={empty}
            onClick={() => exporter.current && actions.onExport(dataset, exporter.current)}
          />
        </span>
        <Button
          icon={snowflakeIcon}
          label={trans.__('Freeze a version')}
          iconOnly
          disabled={empty}
          onClick={() => actions.onFreeze(dataset)}
        />
        <Button
          icon={editIcon}
          label={trans.__('Rename')}
          iconOnly
          onClick={() => actions.onRename(dataset)}
        />
        <span ref={menu} className="cx-Anchor">
          <Button
            icon={ellipsesIcon}
            label={trans.__('More')}
            iconOnly
            onClick={() => menu.current && actions.onMenu(dataset, menu.current)}
          />
        </span>
      </div>
      {stats ? (
        <Facts dataset={dataset} stats={stats} />
      ) : (
        <div className="cx-Dim">{trans.__('Loading…')}</div>
      )}
    </>
  );
}

/** A frozen dataset is only kept: nothing of it is asked for, so that nothing is refused. */
function Frozen({ dataset, actions }: Omit<IProps, 'stats'>): React.ReactElement {
  const w = useWords();
  return (
    <>
      <p className="cx-Dim">{w.freezeAbout}</p>
      <div className="cx-Actions">
        <Button
          icon={snowflakeIcon}
          label={w.unfreeze}
          onClick={() => actions.onUnfreeze(dataset)}
        />
      </div>
    </>
  );
}

function Facts({ dataset, stats }: { dataset: IDataset; stats: IStats }): React.ReactElement {
  const trans = useTrans();
  if (stats.samples === 0) {
    return (
      <p className="cx-Dim">
        {trans.__('Nothing in it yet: drop images, a zip or a labelled folder here.')}
      </p>
    );
  }
  const suggested = stats.by_state.suggested ?? 0;
  const facts: [string, string][] = [
    [trans.__('Without labels'), count(stats.unlabelled)],
    [trans.__('Suggestions to review'), count(suggested)],
    [trans.__('Size'), bytes(stats.bytes)],
    [trans.__('Revision'), count(dataset.revision)]
  ];
  return (
    <>
      <dl className="cx-Facts">
        {facts.map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      <Histogram
        title={trans.__('Labels of each class')}
        values={stats.by_class}
        restLabel={classes => trans._n('%1 more class', '%1 more classes', classes)}
      />
    </>
  );
}

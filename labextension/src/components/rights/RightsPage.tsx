import * as React from 'react';

import { IState } from '../../model/state';
import { IRightsState, Part } from '../../model/rightsModel';
import { Language } from '../../api/types';
import { NAMES, Section, useLanguage, useWords } from '../../words';
import { Notices } from '../Notices';
import { IRightsActions } from './actions';
import { Correct } from './Correct';
import { Erase } from './Erase';
import { Freeze } from './Freeze';
import { Mail } from './Mail';
import { Select, Waiting } from './parts';
import { Policies } from './Policies';
import { Purposes } from './Purposes';
import { Requests } from './Requests';
import { Stored } from './Stored';
import { Authorities, Happened } from './Told';

/** What has to be loaded to show a section. */
export const PARTS: Record<Section, Part[]> = {
  stored: [],
  correct: ['erasures', 'requests'],
  erase: ['erasures'],
  freeze: [],
  purposes: ['purposes', 'consents', 'requests', 'policies'],
  mail: ['email'],
  requests: ['requests'],
  policies: ['policies'],
  authorities: ['authorities'],
  happened: ['history']
};

interface IProps {
  section: Section;
  lab: IState;
  rights: IRightsState;
  actions: IRightsActions;
  onLanguage: (language: Language) => void;
  onDismiss: (notice: number) => void;
}

/** All rights: a list of sections, and the one that is open. */
export function RightsPage(props: IProps): React.ReactElement {
  const { section, lab, actions } = props;
  const { privacy } = props.rights;
  const w = useWords();
  const language = useLanguage();
  const names = Object.entries(w.sections) as [Section, string][];
  const tabs = React.useRef<HTMLDivElement>(null);
  const step = (event: React.KeyboardEvent): void => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      event.preventDefault();
      const index = names.findIndex(([name]) => name === section);
      const next = (index + move + names.length) % names.length;
      actions.onOpen(names[next][0]);
      tabs.current?.querySelectorAll<HTMLButtonElement>('[role=tab]')[next].focus();
    }
  };
  return (
    <div className="cx-RightsPage" lang={language}>
      <header className="cx-RightsPage-head">
        <h1>{w.title}</h1>
        <Select
          label={w.language}
          value={language}
          options={Object.entries(NAMES) as [Language, string][]}
          onChange={props.onLanguage}
        />
      </header>
      <div className="cx-RightsPage-narrow">
        <Select label={w.section} value={section} options={names} onChange={actions.onOpen} />
      </div>
      <div className="cx-RightsPage-body">
        <div
          className="cx-RightsPage-tabs"
          role="tablist"
          aria-label={w.all}
          aria-orientation="vertical"
          ref={tabs}
          onKeyDown={step}
        >
          {names.map(([name, title]) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`cx-rights-tab-${name}`}
              aria-selected={name === section}
              aria-controls="cx-rights-part"
              tabIndex={name === section ? 0 : -1}
              onClick={() => actions.onOpen(name)}
            >
              {title}
            </button>
          ))}
        </div>
        <section
          id="cx-rights-part"
          className="cx-RightsPage-part"
          role="tabpanel"
          aria-labelledby={`cx-rights-tab-${section}`}
        >
          <Notices notices={lab.notices} onDismiss={props.onDismiss} />
          <h2>{w.sections[section]}</h2>
          <Opened {...props} />
          {privacy && (
            <footer className="cx-RightsPage-who cx-Dim">
              {w.controller}: {privacy.controller.name}, {privacy.controller.contact}
            </footer>
          )}
        </section>
      </div>
    </div>
  );
}

function Opened({ section, lab, rights, actions }: IProps): React.ReactElement {
  const datasets = lab.datasets ?? [];
  const waiting = PARTS[section].some(part => rights[part] === null);
  if (waiting) {
    return <Waiting />;
  }
  switch (section) {
    case 'stored':
      return <Stored lab={lab} rights={rights} actions={actions} />;
    case 'correct':
      return (
        <Correct
          datasets={datasets}
          requests={rights.requests ?? []}
          erasures={rights.erasures ?? []}
          names={rights.names}
          actions={actions}
        />
      );
    case 'erase':
      return (
        <Erase
          datasets={datasets}
          erasures={rights.erasures ?? []}
          names={rights.names}
          actions={actions}
        />
      );
    case 'freeze':
      return <Freeze datasets={datasets} actions={actions} />;
    case 'purposes':
      return (
        <Purposes
          purposes={rights.purposes ?? []}
          consents={rights.consents ?? []}
          requests={rights.requests ?? []}
          datasets={datasets}
          policy={rights.policies?.filter(each => each.product === 'comexp').pop()?.id ?? null}
          actions={actions}
        />
      );
    case 'mail':
      return rights.email ? <Mail email={rights.email} actions={actions} /> : <></>;
    case 'requests':
      return <Requests requests={rights.requests ?? []} datasets={datasets} actions={actions} />;
    case 'policies':
      return <Policies policies={rights.policies ?? []} actions={actions} />;
    case 'authorities':
      return <Authorities authorities={rights.authorities ?? []} />;
    case 'happened':
      return rights.history ? <Happened history={rights.history} /> : <></>;
  }
}

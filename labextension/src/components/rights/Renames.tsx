import * as React from 'react';

import { useWords } from '../../words';
import { Field } from './parts';

interface IProps {
  /** What is proposed for each name that is taken. */
  first: Record<string, string>;
  /** Names that datasets have already. */
  used: ReadonlySet<string>;
  /** Called with the new names; with null while they cannot be used. */
  onChange: (names: Record<string, string> | null) => void;
}

/** Another name for each dataset whose own one is taken. */
export function Renames({ first, used, onChange }: IProps): React.ReactElement {
  const w = useWords();
  const [names, setNames] = React.useState(first);
  const trouble = (name: string): string => {
    const wanted = names[name].trim();
    const same = Object.values(names).filter(other => other.trim() === wanted).length > 1;
    return !wanted ? w.nameMissing : used.has(wanted) || same ? w.nameTaken(wanted) : '';
  };
  React.useEffect(() => {
    const trimmed = Object.entries(names).map(([name, wanted]) => [name, wanted.trim()]);
    const good = Object.keys(names).every(name => !trouble(name));
    onChange(good ? Object.fromEntries(trimmed) : null);
  }, [names]);
  return (
    <div className="cx-Form">
      <p>{w.namesTakenAbout}</p>
      {Object.entries(names).map(([name, wanted]) => (
        <Field key={name} label={w.newName(name)}>
          <input
            className="jp-mod-styled"
            value={wanted}
            maxLength={200}
            spellCheck={false}
            aria-invalid={trouble(name) !== ''}
            onChange={event => setNames({ ...names, [name]: event.target.value })}
          />
          <span className="cx-mod-late" role="alert">
            {trouble(name)}
          </span>
        </Field>
      ))}
    </div>
  );
}

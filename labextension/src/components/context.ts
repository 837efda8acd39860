/** What every component may use without being handed it: the translator. */

import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

export const TransContext = React.createContext<TranslationBundle>(
  nullTranslator.load('comexp-lab')
);

export function useTrans(): TranslationBundle {
  return React.useContext(TransContext);
}

/** Which words are shown: a language of the person's own choice, else JupyterLab's. */

import * as React from 'react';

import type { Language } from '../api/types';
import { en, Words } from './en';
import { ru } from './ru';
import { zh } from './zh';

export type { Section, Words } from './en';

export const CATALOGUES: Record<Language, Words> = { en, ru, zh };

export const NAMES: Record<Language, string> = { en: 'English', ru: 'Русский', zh: '中文' };

/** The catalogue for a language code of JupyterLab ("default", "ru_RU", "zh-CN"). */
export function languageOf(code: string): Language {
  const short = code.slice(0, 2).toLowerCase();
  return short === 'ru' || short === 'zh' ? short : 'en';
}

export const LanguageContext = React.createContext<Language>('en');

export function useWords(): Words {
  return CATALOGUES[React.useContext(LanguageContext)];
}

export function useLanguage(): Language {
  return React.useContext(LanguageContext);
}

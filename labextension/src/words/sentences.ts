/** What the service says in English, in the language of the reader. Kept beside the service's own texts by a test. */

import type { Language } from '../api/types';
import { en } from './en';
import { ru } from './ru';
import table from './sentences.json';
import { zh } from './zh';

type Sentence = Record<Language, string>;

const PURPOSES: Sentence[] = (Object.keys(en.purposes) as (keyof typeof en.purposes)[]).map(
  purpose => ({ en: purpose, ru: ru.purposes[purpose], zh: zh.purposes[purpose] })
);
const WHOLE = new Map([...PURPOSES, ...table].map(row => [row.en, row]));

/** Those with a {place} in them, as patterns. */
const PATTERNS = table
  .filter(row => row.en.includes('{'))
  .map(row => ({ row, pattern: patternOf(row.en) }));

/** A sentence of the service; as it came if nobody has translated it. */
export function say(text: string, language: Language): string {
  const known = WHOLE.get(text);
  if (known) {
    return known[language];
  }
  for (const { row, pattern } of PATTERNS) {
    const found = pattern.exec(text);
    if (found?.groups) {
      const { groups } = found;
      return row[language].replace(/\{(\w+)\}/g, (_, name) => list(groups[name], language));
    }
  }
  return text;
}

/** "images, labels": each of them, if all are known. */
function list(text: string, language: Language): string {
  const parts = text.split(', ');
  return parts.every(part => WHOLE.has(part))
    ? parts.map(part => say(part, language)).join(language === 'zh' ? '、' : ', ')
    : say(text, language);
}

/** "a person's {what}." finds "a person's data." */
function patternOf(template: string): RegExp {
  const parts = template.split(/\{(\w+)\}/);
  const source = parts.map((part, index) =>
    index % 2 ? `(?<${part}>.+)` : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  );
  return new RegExp(`^${source.join('')}$`);
}

/** Finds Jupyter's base URL and XSRF cookie from inside a page of JupyterLab or Notebook. */

import { IPlace } from './http';

export function findPlace(): IPlace {
  return { baseUrl: findBaseUrl(), getXsrf: () => cookie('_xsrf') };
}

function findBaseUrl(): string {
  const config = document.getElementById('jupyter-config-data')?.textContent;
  const found = fromConfig(config) ?? document.body.dataset.baseUrl ?? '/';
  return found.endsWith('/') ? found : `${found}/`;
}

function fromConfig(text: string | null | undefined): string | undefined {
  try {
    const config = JSON.parse(text || '{}') as { baseUrl?: string };
    return config.baseUrl;
  } catch {
    return undefined;
  }
}

function cookie(name: string): string {
  const pair = document.cookie.split('; ').find(entry => entry.startsWith(`${name}=`));
  return decodeURIComponent(pair?.slice(name.length + 1) ?? '');
}

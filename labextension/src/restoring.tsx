/** Brings back what an archive holds; datasets whose names are taken get others. */

import { Dialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { pack } from './api/files';
import { Transfer } from './api/upload';
import { chooseFiles } from './browser';
import { Renames } from './components/rights/Renames';
import { body, FormDialog } from './dialogs';
import { RightsModel } from './model/rightsModel';
import { CATALOGUES } from './words';

type Names = Record<string, string>;

/** Asks for an archive, sends it, and brings it back. */
export async function restore(model: RightsModel): Promise<void> {
  const [chosen] = await chooseFiles({ accept: '.zip' });
  if (!chosen) {
    return;
  }
  const parcel = pack([chosen], chosen.file.name);
  const sent = (bytes: number): void =>
    model.update({ transfer: { kind: 'upload', progress: bytes / Math.max(parcel.bytes, 1) } });
  sent(0);
  const upload = await model.lab.attempt(() => new Transfer(model.lab.api, parcel, sent).done);
  model.update({ transfer: null });
  if (upload !== null) {
    await unpack(model, upload, {});
  }
}

/** Takes in what was sent; asks for other names, as often as some are taken. */
async function unpack(model: RightsModel, upload: string, rename: Names): Promise<void> {
  const { lab } = model;
  const run = await lab.attempt(() => model.api.restore(upload, rename));
  const over = run && (await lab.attempt(() => model.transfer(run, 'restore')));
  const taken = (over?.problem?.taken ?? []) as string[];
  if (over?.status === 'succeeded') {
    const { datasets } = over.result as { datasets?: Names };
    const names = Object.keys(datasets ?? {}).join(', ');
    lab.notify('info', CATALOGUES[model.state.language].restored(names));
    lab.reload();
  } else if (taken.length > 0) {
    const others = await askNames(model, taken);
    if (others) {
      await unpack(model, upload, { ...rename, ...others });
    }
  } else if (over) {
    lab.notifyFailure(over);
  }
}

/** Another name for each that is taken; null if the person thought better of it. */
async function askNames(model: RightsModel, taken: string[]): Promise<Names | null> {
  const w = CATALOGUES[model.state.language];
  const used = new Set((model.lab.state.datasets ?? []).map(({ name }) => name));
  const first = Object.fromEntries(taken.map(name => [name, model.lab.freeName(name)]));
  let names: Names | null = first;
  const dialog = new FormDialog({
    title: w.namesTaken,
    body: body(
      model,
      <Renames
        first={first}
        used={used}
        onChange={changed => {
          names = changed;
          dialog.allow(changed !== null);
        }}
      />
    ),
    buttons: [Dialog.cancelButton({ label: w.stop }), Dialog.okButton({ label: w.bringBack })],
    focusNodeSelector: 'input'
  });
  const answer = dialog.launch();
  dialog.allow(true);
  return (await answer).button.accept ? names : null;
}

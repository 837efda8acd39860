import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, ReactWidget } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ICertificate, IErasurePlan } from '../api/types';
import { saveFrom, saveText } from '../browser';
import { TransContext } from '../components/context';
import { CertificateView, ErasureForm } from '../components/Erasure';
import { CommandIDs, IComexp } from '../tokens';

/** Take everything away, or have it destroyed with proof. */
export const rights: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:rights',
  description: 'Adds the commands that download everything and erase a dataset.',
  autoStart: true,
  requires: [IComexp],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: IComexp,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    app.commands.addCommand(CommandIDs.downloadAll, {
      label: trans.__('Download Everything'),
      execute: () =>
        model.attempt(async () => {
          const run = await model.api.archive();
          model.putRun(run);
          model.notify(
            'info',
            trans.__('The archive is being made: it downloads when it is ready.')
          );
          const over = await model.whenOver(run);
          if (over.status === 'succeeded') {
            saveFrom(model.api.downloadUrl(run.id));
          } else {
            model.notify('error', String(over.problem?.detail ?? over.message));
          }
        })
    });
    app.commands.addCommand(CommandIDs.erase, {
      label: trans.__('Erase Dataset…'),
      execute: ({ dataset, name }) =>
        model.attempt(async () => {
          const plan = await model.api.planErasure(String(dataset));
          const typed = await confirmErasure(plan, trans);
          if (typed !== null) {
            let erasure = await model.api.erase(plan, typed);
            model.reload();
            while (!erasure.certificate && !erasure.trouble) {
              await new Promise(resolve => setTimeout(resolve, 500));
              erasure = await model.api.erasure(erasure.id);
            }
            if (erasure.certificate) {
              await showCertificate(String(name), erasure.certificate, trans);
            } else {
              model.notify('error', erasure.trouble);
            }
          }
        })
    });
    palette?.addItem({ command: CommandIDs.downloadAll, category: 'Comexp' });
  }
};

/** Shows the plan; what was typed, or null if the person thought better of it. */
async function confirmErasure(
  plan: IErasurePlan,
  trans: TranslationBundle
): Promise<string | null> {
  let typed = '';
  const dialog = new ErasureDialog({
    title: trans.__('Erase %1?', plan.name),
    body: withTrans(
      trans,
      <ErasureForm
        plan={plan}
        onTyped={text => {
          typed = text;
          allow(text === plan.confirm_text);
        }}
      />
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep it') }),
      Dialog.warnButton({ label: trans.__('Erase for good') })
    ],
    defaultButton: 0,
    focusNodeSelector: 'input'
  });
  const allow = (yes: boolean): void => dialog.allow(yes);
  const answer = dialog.launch();
  allow(false);
  return (await answer).button.accept ? typed : null;
}

/** Enter means the red button once the name is right, and nothing before. */
class ErasureDialog extends Dialog<unknown> {
  allow(yes: boolean): void {
    this.node.querySelector<HTMLButtonElement>('.jp-mod-accept')!.disabled = !yes;
    this._allowed = yes;
  }

  handleEvent(event: Event): void {
    const typing = event.target instanceof HTMLInputElement;
    if (event instanceof KeyboardEvent && event.key === 'Enter' && typing) {
      event.preventDefault();
      event.stopPropagation();
      if (this._allowed && event.type === 'keydown') {
        this.resolve(1);
      }
    } else {
      super.handleEvent(event);
    }
  }

  private _allowed = false;
}

async function showCertificate(
  name: string,
  certificate: ICertificate,
  trans: TranslationBundle
): Promise<void> {
  const save = (): void =>
    saveText(JSON.stringify(certificate, null, 2), `erasure-${name}.certificate.json`);
  await new Dialog({
    title: trans.__('Erased'),
    body: withTrans(
      trans,
      <CertificateView name={name} certificate={certificate} onDownload={save} />
    ),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  }).launch();
}

function withTrans(trans: TranslationBundle, content: React.ReactElement): ReactWidget {
  const widget = ReactWidget.create(
    <TransContext.Provider value={trans}>{content}</TransContext.Provider>
  );
  widget.addClass('cx-Dialog');
  return widget;
}

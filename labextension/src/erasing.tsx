/** The dialogs of an erasure: the dry run with its typed confirmation, and what happens until the certificate is there. */

import { Dialog, UseSignal } from '@jupyterlab/apputils';
import * as React from 'react';

import { IErasure, IErasurePlan, IPlanWish } from './api/types';
import { openPage, saveText } from './browser';
import { CorrectionForm, ErasureForm, ErasureView } from './components/rights/Certificate';
import { body, FormDialog } from './dialogs';
import { RightsModel } from './model/rightsModel';
import { CATALOGUES } from './words';

/** Shows what would go, asks for the name, destroys it, and stays until the certificate is there or the person leaves. */
export async function erase(model: RightsModel, wish: IPlanWish): Promise<void> {
  const plan = await model.lab.attempt(async () => {
    await model.beforeErasing();
    return model.api.planErasure(wish);
  });
  const confirmed = plan && (await confirm(model, wish, plan));
  if (!confirmed) {
    return;
  }
  const erasure = await model.lab.attempt(() => model.api.erase(confirmed.plan, confirmed.typed));
  if (erasure) {
    const { plan } = confirmed;
    const name = plan.correction && !wish.text ? (wish.to ?? '') : plan.name; // never the former one
    model.update({ names: { ...model.state.names, [erasure.id]: name } });
    model.lab.reload();
    void model.lab.attempt(() => model.follow(erasure));
    await showErasure(model, erasure);
  }
}

/** How far an erasure is, as it goes on; with the certificate at the end. */
export async function showErasure(model: RightsModel, erasure: IErasure): Promise<void> {
  const w = CATALOGUES[model.state.language];
  const name = model.state.names[erasure.id] ?? w.whats[erasure.what];
  const current = (): IErasure =>
    model.state.erasures?.find(other => other.id === erasure.id) ?? erasure;
  const view = (): React.ReactElement => (
    <ErasureView
      name={name}
      erasure={current()}
      actUrl={model.api.actUrl(erasure.id)}
      onAct={() => openAct(model, erasure.id)}
      onSave={() =>
        saveText(JSON.stringify(current().certificate, null, 2), `erasure-${name}.certificate.json`)
      }
      onRetry={() => void retry(model, erasure)}
    />
  );
  await new Dialog({
    title: erasure.correction ? w.correcting.done : w.erased,
    body: body(model, <UseSignal signal={model.changed}>{view}</UseSignal>),
    buttons: [Dialog.okButton({ label: w.close })]
  }).launch();
}

/** Opens the act in a tab of its own, or says why there is none: the operator's details are missing, for example. */
async function openAct({ api }: RightsModel, erasure: string): Promise<string> {
  try {
    openPage(await api.act(erasure));
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Goes on with an erasure that something keeps from being certified. */
export async function retry(model: RightsModel, erasure: IErasure): Promise<void> {
  await model.lab.attempt(async () => model.follow(await model.api.retryErasure(erasure.id)));
}

interface IConfirmed {
  plan: IErasurePlan;
  typed: string;
}

/** The plan that was confirmed and what was typed; null if the person thought better of it. */
async function confirm(
  model: RightsModel,
  wish: IPlanWish,
  first: IErasurePlan
): Promise<IConfirmed | null> {
  const w = CATALOGUES[model.state.language];
  let confirmed: IConfirmed = { plan: first, typed: '' };
  const onTyped = (typed: string, plan: IErasurePlan): void => {
    confirmed = { plan, typed };
    allow(typed === plan.confirm_text);
  };
  const dialog = new FormDialog({
    title: first.correction
      ? w.correcting.title(wish.to ?? '')
      : w.eraseTitles[first.what](first.name),
    body: body(
      model,
      first.correction ? (
        <CorrectionForm plan={first} onTyped={onTyped} />
      ) : (
        <ErasureForm
          plan={first}
          onModels={models => model.lab.attempt(() => model.api.planErasure({ ...wish, models }))}
          onTyped={onTyped}
        />
      )
    ),
    buttons: first.correction
      ? [
          Dialog.cancelButton({ label: w.correcting.leave }),
          Dialog.warnButton({ label: w.correcting.forGood })
        ]
      : [Dialog.cancelButton({ label: w.keep }), Dialog.warnButton({ label: w.eraseForGood })],
    defaultButton: 0,
    focusNodeSelector: 'input'
  });
  const allow = (yes: boolean): void => dialog.allow(yes);
  const answer = dialog.launch();
  allow(false);
  return (await answer).button.accept ? confirmed : null;
}

/** What the parts of "Data rights" can do, done. */

import { CommandRegistry } from '@lumino/commands';

import { IPolicy, Language } from './api/types';
import { saveFrom } from './browser';
import { IRightsActions } from './components/rights/actions';
import { retry, showErasure } from './erasing';
import { RightsModel } from './model/rightsModel';
import { restore } from './restoring';
import { CommandIDs } from './tokens';
import { Section } from './words';

export function rightsActions(
  commands: CommandRegistry,
  model: RightsModel,
  selected: IRightsActions['selected'] = async () => []
): IRightsActions {
  const { api, lab } = model;
  const language = (): Language => model.state.language;
  const open = (section: Section): void => void commands.execute(CommandIDs.rights, { section });
  return {
    onOpen: open,
    onArchive: () => void commands.execute(CommandIDs.downloadAll),
    onRestore: () => void restore(model),
    onErase: wish => void commands.execute(CommandIDs.erase, { wish: wish as never }),
    onCertificate: erasure => void showErasure(model, erasure),
    onRetry: erasure => void retry(model, erasure),
    onFreeze: (dataset, name, frozen) =>
      void commands.execute(frozen ? CommandIDs.freezeUse : CommandIDs.unfreezeUse, {
        dataset,
        name
      }),
    onConsent: (purpose, yes) =>
      void model.act<unknown>(() =>
        yes
          ? api.agree(purpose, language(), shownText(model.state.policies, language()))
          : api.withdraw(purpose)
      ),
    onObjection: (purpose, dataset, object) =>
      void model.act<unknown>(() =>
        object ? api.object(purpose, dataset) : api.liftObjection(purpose, dataset)
      ),
    onReceipt: consent => saveFrom(api.receiptUrl(consent), 'consent-receipt.jsonld'),
    onOptOut: () => void model.act(() => api.optOut()),
    onEmail: async address =>
      (await model.act(() => api.setEmail(address, language()).then(() => true))) ?? false,
    onRequest: wish => model.act(() => api.makeRequest({ ...wish, key: crypto.randomUUID() })),
    onCancel: request => void model.act(() => api.cancelRequest(request)),
    onText: policy => void commands.execute(CommandIDs.policy, { policy }),
    loadRequest: id => lab.attempt(() => api.request(id)),
    loadReply: id => lab.attempt(() => api.reply(id, language())),
    loadText: policy => lab.attempt(() => api.policyText(policy, language())),
    loadChanges: policy => lab.attempt(() => api.policyChanges(policy, language())),
    selected,
    processingUrl: api.processingUrl()
  };
}

/** SHA-256 of the policy text that is shown in a language: consent is to that text and to no newer one. */
function shownText(policies: IPolicy[] | null, language: Language): string | null {
  const latest = policies?.filter(each => each.product === 'comexp' && each.published).pop();
  const texts = latest?.texts as Partial<Record<Language, { sha256: string }>> | undefined;
  const shown =
    texts?.[language] ?? texts?.[latest!.authoritative] ?? Object.values(texts ?? {})[0];
  return shown?.sha256 ?? null;
}

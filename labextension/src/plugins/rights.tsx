import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  InputDialog,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { AnnotatorTab } from '../annotatorTab';
import { IPlanWish, Language } from '../api/types';
import { saveFrom } from '../browser';
import { DATASET_COMMANDS } from '../datasetMenu';
import { parseIds } from '../components/rights/ids';
import { PolicyText } from '../components/rights/Policies';
import { body } from '../dialogs';
import { erase } from '../erasing';
import { shieldIcon, snowflakeIcon } from '../icons';
import { RightsModel } from '../model/rightsModel';
import { RightsTab } from '../rightsTab';
import { rightsActions } from '../rightsActions';
import { CommandIDs, IComexp } from '../tokens';
import { CATALOGUES, languageOf, Section } from '../words';

const ID = 'comexp-lab:rights';

/** See what is stored, take it away, have it frozen or destroyed with proof, and ask for all the rest. */
export const rights: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Adds data rights: a tab, and commands that download, freeze and erase.',
  autoStart: true,
  requires: [IComexp],
  optional: [ICommandPalette, ITranslator, ISettingRegistry, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { rights: model }: IComexp,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const spoken = languageOf((translator ?? nullTranslator).languageCode);
    model.setLanguage(spoken);
    const onLanguage = followSetting(model, registry, spoken);
    addTab(app, model, translator ?? nullTranslator, onLanguage, restorer);
    addCommands(app, model);
    for (const [rank, command] of DATASET_COMMANDS.entries()) {
      app.contextMenu.addItem({ command, selector: '.cx-Dataset', rank });
    }
    for (const command of [CommandIDs.rights, CommandIDs.downloadAll]) {
      palette?.addItem({ command, category: 'Comexp' });
    }
  }
};

/** The language is a setting: JupyterLab's own, or one chosen here. */
function followSetting(
  model: RightsModel,
  registry: ISettingRegistry | null,
  spoken: Language
): (language: Language) => void {
  const loaded = registry?.load(ID);
  const read = (settings: ISettingRegistry.ISettings): void => {
    const chosen = settings.composite.language as Language | 'auto';
    model.setLanguage(chosen === 'auto' ? spoken : chosen);
  };
  void loaded?.then(settings => {
    read(settings);
    settings.changed.connect(read);
  });
  return language => {
    model.setLanguage(language);
    void loaded?.then(settings => settings.set('language', language));
  };
}

function addTab(
  app: JupyterFrontEnd,
  model: RightsModel,
  translator: ITranslator,
  onLanguage: (language: Language) => void,
  restorer: ILayoutRestorer | null
): void {
  const tracker = new WidgetTracker<MainAreaWidget<RightsTab>>({ namespace: 'comexp-rights' });
  const actions = rightsActions(app.commands, model, dataset => selected(app, model, dataset));
  const words = (): (typeof CATALOGUES)['en'] => CATALOGUES[model.state.language];
  const make = (): MainAreaWidget<RightsTab> => {
    const trans = translator.load('comexp-lab');
    const content = new RightsTab({ model, actions, trans, onLanguage });
    const tab = new MainAreaWidget({ content });
    tab.id = 'comexp-rights-tab';
    tab.title.icon = shieldIcon;
    tab.title.label = words().title;
    const rename = (): void => {
      tab.title.label = words().title;
    };
    model.changed.connect(rename);
    tab.disposed.connect(() => model.changed.disconnect(rename));
    content.sectionChanged.connect(() => void tracker.save(tab));
    tab.toolbar.hide();
    app.shell.add(tab, 'main');
    void tracker.add(tab);
    return tab;
  };
  app.commands.addCommand(CommandIDs.rights, {
    label: () => words().title,
    icon: shieldIcon,
    execute: ({ section }) => {
      const tab = tracker.currentWidget ?? make();
      tab.content.open((section as Section | undefined) ?? tab.content.section);
      app.shell.activateById(tab.id);
    }
  });
  void restorer?.restore(tracker, {
    command: CommandIDs.rights,
    args: tab => ({ section: tab.content.section }),
    name: () => 'rights'
  });
}

function addCommands(app: JupyterFrontEnd, model: RightsModel): void {
  const { commands } = app;
  const words = (): (typeof CATALOGUES)['en'] => CATALOGUES[model.state.language];
  /** The dataset of the arguments, or of the row that was clicked. */
  const meant = (args: Record<string, unknown>): { id: string; name: string } | null => {
    const hit = args.dataset ? null : app.contextMenuHitTest(node => 'cxDataset' in node.dataset);
    const id = String(args.dataset ?? hit?.dataset.cxDataset ?? '');
    const found = model.lab.state.datasets?.find(dataset => dataset.id === id);
    return id ? { id, name: String(args.name ?? found?.name ?? '') } : null;
  };
  const isFrozen = (args: Record<string, unknown>): boolean => {
    const id = meant(args)?.id;
    return model.lab.state.datasets?.find(dataset => dataset.id === id)?.restricted ?? false;
  };
  commands.addCommand(CommandIDs.downloadAll, {
    label: () => words().download,
    execute: () => download(model)
  });
  commands.addCommand(CommandIDs.freezeUse, {
    label: () => words().freeze,
    icon: snowflakeIcon,
    isVisible: args => !isFrozen(args),
    execute: async args => {
      const dataset = meant(args);
      if (dataset) {
        await model.act(() => model.api.freeze(dataset.id));
      }
    }
  });
  commands.addCommand(CommandIDs.unfreezeUse, {
    label: () => words().unfreeze,
    icon: snowflakeIcon,
    isVisible: args => isFrozen(args),
    execute: async args => {
      const dataset = meant(args);
      if (dataset) {
        await model.act(() => model.api.unfreeze(dataset.id));
      }
    }
  });
  commands.addCommand(CommandIDs.erase, {
    label: () => words().eraseDataset,
    execute: args => {
      const dataset = meant(args);
      return erase(model, (args.wish as IPlanWish | undefined) ?? { dataset: dataset?.id });
    }
  });
  commands.addCommand(CommandIDs.eraseSamples, {
    label: () => words().eraseSamples,
    execute: async args => {
      const dataset = meant(args);
      if (!dataset) {
        return;
      }
      const given = args.samples as number[] | undefined;
      const samples = given ?? (await askIds(app, model, dataset.id));
      if (samples.length > 0) {
        await erase(model, { what: 'samples', dataset: dataset.id, samples });
      }
    }
  });
  commands.addCommand(CommandIDs.eraseClass, {
    label: () => words().eraseClass,
    execute: async args => {
      const dataset = meant(args);
      const classes = model.lab.state.datasets?.find(each => each.id === dataset?.id)?.classes;
      if (!dataset || !classes?.length) {
        return;
      }
      const answer = await InputDialog.getItem({
        title: words().eraseClass,
        label: words().className,
        items: classes,
        okLabel: words().look
      });
      if (answer.button.accept && answer.value) {
        await erase(model, { what: 'class', dataset: dataset.id, class_name: answer.value });
      }
    }
  });
  commands.addCommand(CommandIDs.policy, {
    label: () => words().read,
    execute: async ({ policy }) => {
      const text = await model.lab.attempt(() =>
        model.api.policyText(String(policy), model.state.language)
      );
      if (text) {
        await new Dialog({
          title: text.id,
          body: body(model, <PolicyText text={text} />),
          buttons: [Dialog.okButton({ label: words().close })]
        }).launch();
      }
    }
  });
}

/** Everything as one archive, as soon as it is ready. */
async function download(model: RightsModel): Promise<void> {
  await model.lab.attempt(async () => {
    const made = await model.transfer(await model.api.archive(), 'archive');
    if (made.status === 'succeeded') {
      saveFrom(model.lab.api.downloadUrl(made.id));
    } else {
      model.lab.notifyFailure(made);
    }
  });
}

async function askIds(
  app: JupyterFrontEnd,
  model: RightsModel,
  dataset: string
): Promise<number[]> {
  const w = CATALOGUES[model.state.language];
  const answer = await InputDialog.getText({
    title: w.eraseSamples,
    label: w.ids,
    text: (await selected(app, model, dataset)).join(', '),
    okLabel: w.look
  });
  return answer.button.accept ? parseIds(answer.value ?? '') : [];
}

/** Ids of the images that are selected in FiftyOne, or else of the one that is open in the annotator. */
async function selected(
  app: JupyterFrontEnd,
  model: RightsModel,
  dataset: string
): Promise<number[]> {
  const browsers = (await model.lab.attempt(() => model.lab.api.browsers())) ?? [];
  const chosen = browsers
    .filter(each => each.dataset === dataset)
    .flatMap(each => each.selected ?? []);
  if (chosen.length > 0) {
    return chosen;
  }
  const contents = [...app.shell.widgets('main')].map(tab =>
    tab instanceof MainAreaWidget ? tab.content : tab
  );
  const annotator = contents.find(
    (each): each is AnnotatorTab => each instanceof AnnotatorTab && each.datasetId === dataset
  );
  return annotator?.current ? [annotator.current] : [];
}

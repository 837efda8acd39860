import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:plugin',
  description: 'Adds the Comexp sidebar.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    console.log('comexp', app.version);
  }
};

export default [plugin];

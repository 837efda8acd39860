/** Sends key presses to what they mean. None of them goes on to the notebook, whose own keys would delete cells. */

import { Hand } from './hand';
import { IApp, keyFor } from './keymap';

export interface IKeyboard {
  app: IApp;
  hand: Hand;
  host: HTMLElement;
  stage: HTMLElement;
  /** Closes the help; whether it was open. */
  closeHelp: () => boolean;
  signal: AbortSignal;
}

export function keyboard({ app, hand, host, stage, closeHelp, signal }: IKeyboard): void {
  const release = (): void => {
    hand.space = false;
  };
  const down = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    event.stopPropagation();
    if ((event.key === 'Escape' && closeHelp()) || target instanceof HTMLInputElement) {
      return;
    }
    if (event.key === ' ' && target === stage) {
      event.preventDefault();
      hand.space = true;
      return;
    }
    const key = hand.busy && event.key !== 'Escape' ? undefined : keyFor(event);
    if (key) {
      event.preventDefault();
      key.run(app);
    }
  };
  host.addEventListener('keydown', down, { signal });
  host.addEventListener('keyup', event => event.key === ' ' && release(), { signal });
  stage.addEventListener('blur', release, { signal });
}

/** Takes files that are dragged in from outside of the browser. */

import * as React from 'react';

interface IDrop {
  /** Whether files hover over the element. */
  over: boolean;
  handlers: Pick<
    React.HTMLAttributes<HTMLElement>,
    'onDragEnter' | 'onDragOver' | 'onDragLeave' | 'onDrop'
  >;
}

export function useDrop(onFiles: (transfer: DataTransfer) => void): IDrop {
  const [depth, setDepth] = React.useState(0);
  const guard = (event: React.DragEvent<HTMLElement>): boolean => {
    const files = event.dataTransfer.types.includes('Files');
    if (files) {
      event.preventDefault();
      event.stopPropagation();
    }
    return files;
  };
  return {
    over: depth > 0,
    handlers: {
      onDragEnter: event => guard(event) && setDepth(depth + 1),
      onDragOver: event => {
        if (guard(event)) {
          event.dataTransfer.dropEffect = 'copy';
        }
      },
      onDragLeave: event => guard(event) && setDepth(Math.max(depth - 1, 0)),
      onDrop: event => {
        if (guard(event)) {
          setDepth(0);
          onFiles(event.dataTransfer);
        }
      }
    }
  };
}

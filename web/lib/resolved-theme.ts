// Which of the two drawn themes is in force, for colours that are computed and not looked up in CSS.
import { useSyncExternalStore } from 'react';
import type { Theme } from './color-map';

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

function current(): Theme {
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light';
}

/** The theme on the root element; the component follows when it changes. */
export function useResolvedTheme(): Theme {
  return useSyncExternalStore(watch, current);
}

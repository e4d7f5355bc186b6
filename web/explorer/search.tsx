import { useEffect, useRef } from 'react';

import { PersonPicker } from './picker.tsx';
import { showResults, useRoute, visit } from './route.ts';

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** The search in the bar: it opens the page of the chosen user, or the page of all results. */
export function Search() {
  const input = useRef<HTMLInputElement>(null);
  const route = useRoute();
  const text = route.page === 'search' ? route.query : '';
  useShortcut('k', input);
  return (
    <search className="bar-search">
      <PersonPicker
        key={text} // another page shows another text
        label="Search people"
        placeholder="Search people"
        text={text}
        isCleared
        choose={({ username }) => visit(username)}
        showAll={showResults}
        input={input}
        shortcut={`${IS_APPLE ? '⌘' : 'Ctrl'} K`}
      />
    </search>
  );
}

/** Focuses an input on a keyboard shortcut with Control or Command. */
function useShortcut(key: string, input: React.RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    function press(event: KeyboardEvent) {
      const isMeant = (IS_APPLE ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
      if (event.key !== key || !isMeant || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      input.current?.focus();
    }
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [key, input]);
}

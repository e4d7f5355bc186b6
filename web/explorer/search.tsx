import { useCombobox } from 'downshift';
import { useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';

import { readFragment } from './__generated__/fragment-masking.ts';
import { PersonFragmentDoc, SearchDocument, type PersonFragment } from './__generated__/graphql.ts';
import { messageOf } from './fault.tsx';
import { count } from './format.ts';
import { nameOf } from './name.ts';
import { Avatar } from './person.tsx';
import { visit } from './route.ts';

/** How many are found at most: what a phone shows above its keyboard, and a little more. */
const FIRST = 8;

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** How long typing has to rest before it is searched for, in milliseconds. */
const REST = 120;

/** Searches users by the beginnings of their names while one types, and goes to the one who is chosen. */
export function Search() {
  const [text, setText] = useState('');
  const query = useRested(text.trim());
  const [{ data, error, fetching }] = useQuery({
    query: SearchDocument,
    variables: { query, first: FIRST },
    pause: query === '',
  });
  const current = query !== '' && query === text.trim();
  const found = current && data && !fetching ? data.searchUsers.nodes.map((node) => readFragment(PersonFragmentDoc, node)) : [];
  const input = useRef<HTMLInputElement>(null);
  const combobox = useCombobox<PersonFragment>({
    items: found as PersonFragment[],
    inputValue: text,
    defaultHighlightedIndex: 0,
    itemToString: (person) => person?.username ?? '',
    onInputValueChange: ({ inputValue, type }) => {
      if (type === useCombobox.stateChangeTypes.InputChange) setText(inputValue);
    },
    onSelectedItemChange: ({ selectedItem }) => {
      if (!selectedItem) return;
      setText('');
      combobox.reset();
      input.current?.blur();
      visit(selectedItem.username);
    },
  });
  useShortcut('k', input);

  const open = combobox.isOpen && text.trim() !== '';
  const message = messageFor({ text: text.trim(), busy: !current || fetching, fault: error && messageOf(error), found: found.length });
  return (
    <search className="search">
      <label className="unseen" {...combobox.getLabelProps()}>
        Search people
      </label>
      <input
        {...combobox.getInputProps({ ref: input })}
        type="search"
        placeholder="Search people"
        maxLength={100}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        enterKeyHint="search"
        dir="auto"
      />
      <kbd aria-hidden="true">{IS_APPLE ? '⌘' : 'Ctrl'} K</kbd>
      <div className="search-results" hidden={!open}>
        <ul {...combobox.getMenuProps()}>
          {open &&
            found.map((person, index) => (
              <li key={person.id} className="person" {...combobox.getItemProps({ item: person, index })}>
                <Avatar person={person} />
                <div className="person-text">
                  <span className="person-name" dir="auto">
                    {nameOf(person)}
                  </span>
                  <span className="person-facts">
                    <bdi className="person-username">@{person.username}</bdi>
                    <span>{count(person.stats.followersCount, 'follower')}</span>
                  </span>
                </div>
              </li>
            ))}
        </ul>
        <p className={found.length > 0 ? 'unseen' : 'empty'} role="status">
          {open && message}
        </p>
      </div>
    </search>
  );
}

function messageFor({ text, busy, fault, found }: { text: string; busy: boolean; fault: string | undefined; found: number }) {
  if (busy) return 'Searching…';
  if (fault) return fault;
  if (found === 0) return `Nobody’s name begins with “${text}”.`;
  return `${count(found, 'person').replace('persons', 'people')} found.`;
}

/** A text once it has rested. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), text === '' ? 0 : REST);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

/** Puts the cursor into an input when a key is pressed with Control, or with Command. */
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

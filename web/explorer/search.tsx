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

/** The maximum number of results: slightly more than a phone shows above its keyboard. */
const FIRST = 8;

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** The delay after typing before a search, in milliseconds. */
const REST = 120;

/** Searches users by the start of their names while typing, and opens the page of the selected user. */
export function Search() {
  const [text, setText] = useState('');
  /** Whether Enter was pressed before the results came. The first result is opened then. */
  const [isEager, setEager] = useState(false);
  const wanted = bare(text);
  const query = useRested(wanted);
  const [{ data, error, fetching, operation }] = useQuery({
    query: SearchDocument,
    variables: { query, first: FIRST },
    pause: query === '',
  });
  const isCurrent = query !== '' && query === wanted && !fetching;
  const known = data ? data.searchUsers.nodes.map((node) => readFragment(PersonFragmentDoc, node)) : [];
  const found = isCurrent ? known : [];
  const total = data?.searchUsers.totalCount ?? 0; // of people, if the server counted them
  // Until the response comes, the previous results stay if one text starts with the other, so that the list does not
  // flicker.
  const shown = isCurrent || eitherBegins(operation?.variables.query ?? '', wanted) ? known : [];
  const input = useRef<HTMLInputElement>(null);

  function choose({ username }: PersonFragment) {
    setText('');
    setEager(false);
    combobox.reset();
    input.current?.blur();
    visit(username);
  }

  const combobox = useCombobox<PersonFragment>({
    items: found as PersonFragment[],
    inputValue: text,
    selectedItem: null,
    defaultHighlightedIndex: 0,
    itemToString: (person) => person?.username ?? '',
    stateReducer: (state, { type, changes }) => {
      const { InputBlur, InputClick, InputKeyDownEnter } = useCombobox.stateChangeTypes;
      // Leaving the field does not select a result, and clicking into it does not close the list.
      if (type === InputBlur) return { ...changes, selectedItem: null };
      if (type === InputClick) return { ...changes, isOpen: true };
      if (type === InputKeyDownEnter && !changes.selectedItem) return { ...changes, isOpen: state.isOpen };
      return changes;
    },
    onStateChange: ({ type, selectedItem }) => {
      const { InputKeyDownEnter, ItemClick } = useCombobox.stateChangeTypes;
      if (selectedItem && (type === InputKeyDownEnter || type === ItemClick)) choose(selectedItem);
    },
  });
  useShortcut('k', input);
  const [first] = found;
  useEffect(() => {
    if (!isEager || !isCurrent) return;
    if (first) choose(first as PersonFragment);
    else setEager(false);
  }, [isEager, isCurrent, first]);
  const { isOpen, highlightedIndex } = combobox;
  useEffect(() => {
    // An arrow key that was pressed before the results came has highlighted nothing.
    if (isOpen && first && highlightedIndex < 0) combobox.setHighlightedIndex(0);
  }, [isOpen, first, highlightedIndex]);

  function press(key: string) {
    setEager(key === 'Enter' && found.length === 0);
    if (isOpen) return;
    if (key === 'Enter' && found.length > 0) combobox.openMenu();
    if (key === 'Escape') setText('');
  }

  /** Props for previous results: visible and clickable, but hidden from the keyboard and screen readers. */
  function formerProps(person: PersonFragment) {
    return {
      'aria-hidden': true,
      onMouseDown: (event: React.MouseEvent) => event.preventDefault(), // it would blur the input
      onClick: () => choose(person),
    };
  }

  const open = isOpen && wanted !== '';
  const message = messageFor({ text: wanted, busy: !isCurrent, fault: error && messageOf(error), found: found.length, total });
  return (
    <search className="search">
      <label className="unseen" {...combobox.getLabelProps()}>
        Search people
      </label>
      <input
        {...combobox.getInputProps({
          ref: input,
          // Set it synchronously: downshift's state would be too late for the next letter.
          onInput: ({ currentTarget }) => {
            setText(currentTarget.value);
            setEager(false);
          },
          onKeyDown: ({ key }) => press(key),
          onFocus: () => wanted !== '' && combobox.openMenu(),
          onBlur: () => setEager(false),
        })}
        // Without results there is nothing to expand or highlight.
        {...(found.length === 0 && { 'aria-expanded': false, 'aria-activedescendant': undefined })}
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
        <ul {...combobox.getMenuProps()} aria-busy={!isCurrent}>
          {open &&
            shown.map((person, index) => (
              <li
                key={person.id}
                className="person"
                {...(isCurrent ? combobox.getItemProps({ item: person, index }) : formerProps(person))}
              >
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
        {isCurrent && total > found.length && (
          <p className="total" aria-hidden="true">
            {people(total)} in all
          </p>
        )}
        <p className={shown.length > 0 ? 'unseen' : 'empty'} role="status">
          {open && message}
        </p>
      </div>
    </search>
  );
}

function people(number: number): string {
  return count(number, 'person').replace('persons', 'people');
}

interface Outcome {
  text: string;
  busy: boolean;
  fault: string | undefined;
  found: number;
  total: number;
}

function messageFor({ text, busy, fault, found, total }: Outcome) {
  if (busy) return 'Searching…';
  if (fault) return fault;
  if (found === 0) return `No results for “${text}”.`;
  const all = `${people(Math.max(found, total))} found.`;
  return total > found ? `${found} of ${all}` : all;
}

/** Reports whether one of two texts starts with the other. An empty text does not count. */
function eitherBegins(one: string, other: string): boolean {
  return one !== '' && other !== '' && (one.startsWith(other) || other.startsWith(one));
}

/**
 * Returns a text without characters that are often copied with a name: direction marks, and the @ before a username.
 */
function bare(text: string): string {
  return text.replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim().replace(/^@/, '');
}

/** Returns a text after it has not changed for a delay. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), text === '' ? 0 : REST);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
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

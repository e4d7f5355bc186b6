import { useCombobox } from 'downshift';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useQuery } from 'urql';

import { readFragment } from './__generated__/fragment-masking.ts';
import { PersonFragmentDoc, SearchDocument, type PersonFragment } from './__generated__/graphql.ts';
import { messageOf } from './fault.tsx';
import { count, digits } from './format.ts';
import { bare, isExactly } from './match.ts';
import { nameOf } from './name.ts';
import { Avatar } from './person.tsx';

/** The maximum number of results: slightly more than a phone shows above its keyboard. */
const FIRST = 8;

/** The delay after typing before a search, in milliseconds. */
const REST = 120;

/** The longest text that the API searches for, in characters. */
const LONGEST = 100;

/** The choice of all results instead of one person. */
const ALL = 'all';
type Choice = PersonFragment | typeof ALL;

interface PersonPickerProps {
  /** The accessible name of the field. */
  label: string;
  /** Whether the label is shown above the field. */
  isLabelShown?: boolean;
  placeholder?: string;
  /** The text at first. */
  text?: string;
  /** Whether the field is empty after a choice. Otherwise it contains the name. */
  isCleared?: boolean;
  /** Gets the chosen person. */
  choose(person: PersonFragment): void;
  /**
   * Shows all results for a text. If it is given, Enter opens the person only if the text is the whole name or the
   * username of one person, or if one person is found. Without it, Enter chooses the first result.
   */
  showAll?(text: string): void;
  /** The input, for example to focus it. */
  input?: RefObject<HTMLInputElement | null>;
  /** A shortcut to show in the empty field, such as "Ctrl K". */
  shortcut?: string;
}

/** A field to choose a person: it searches users by name while the user types. */
export function PersonPicker(props: PersonPickerProps) {
  const { label, isLabelShown = false, placeholder, isCleared = false, showAll, shortcut } = props;
  const [text, setText] = useState(props.text ?? '');
  /** Whether Enter was pressed before the results came. It takes effect when they come. */
  const [isEager, setEager] = useState(false);
  /** Whether an arrow key was pressed before the results came. It highlights the first result when they come. */
  const isArrowed = useRef(false);
  const ownInput = useRef<HTMLInputElement>(null);
  const input = props.input ?? ownInput;
  const isEdited = text !== (props.text ?? '');
  const wanted = bare(text);
  const query = useRested(wanted);
  const [{ data, error, fetching, operation }] = useQuery({
    query: SearchDocument,
    variables: { query, first: FIRST },
    pause: query === '' || !isEdited,
  });
  const isCurrent = isEdited && query !== '' && query === wanted && !fetching;
  const known = data ? data.searchUsers.nodes.map((node) => readFragment(PersonFragmentDoc, node)) : [];
  const found = isCurrent ? known : [];
  const total = data?.searchUsers.totalCount ?? null; // null if the server did not count
  const isMore = data?.searchUsers.pageInfo.hasNextPage ?? false;
  const choices: Choice[] = showAll && isCurrent && isMore ? [...found, ALL] : found;
  const meant = found.length > 0 ? indexOfMeant(found, isMore, wanted) : -1;
  // Until the response comes, the previous results stay if one text starts with the other, so that the list does not
  // flicker.
  const shown = isCurrent || eitherBegins(operation?.variables.query ?? '', wanted) ? known : [];

  function choose(person: PersonFragment) {
    setText(isCleared ? '' : nameOf(person));
    leave();
    props.choose(person);
  }

  function goToAll() {
    leave();
    showAll!(wanted);
  }

  function leave() {
    setEager(false);
    combobox.reset();
    input.current?.blur();
  }

  /** Handles Enter without a highlighted result. */
  function decide() {
    const person = found[showAll ? meant : 0];
    setEager(false);
    if (person) choose(person);
    else if (showAll) goToAll();
  }

  const combobox = useCombobox<Choice>({
    items: choices,
    inputValue: text,
    selectedItem: null,
    itemToString: (choice) => (choice && choice !== ALL ? choice.username : ''),
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
      if (!selectedItem || (type !== InputKeyDownEnter && type !== ItemClick)) return;
      if (selectedItem === ALL) goToAll();
      else choose(selectedItem);
    },
  });
  const { isOpen, highlightedIndex } = combobox;
  useEffect(() => {
    if (isEager && isCurrent) decide();
  }, [isEager, isCurrent]);
  const first = showAll ? meant : 0;
  useEffect(() => {
    if (!isOpen || !isCurrent || found.length === 0 || highlightedIndex >= 0) return;
    const index = isArrowed.current ? Math.max(first, 0) : first;
    isArrowed.current = false;
    if (index >= 0) combobox.setHighlightedIndex(index);
  }, [isOpen, isCurrent, found.length, highlightedIndex, first, query]);

  function press(key: string) {
    const isWaiting = isEdited && !isCurrent && wanted !== '';
    isArrowed.current = isWaiting && key === 'ArrowDown';
    setEager(key === 'Enter' && isWaiting);
    if (key === 'Enter' && !isWaiting && (!isOpen || highlightedIndex < 0)) decide();
    if (key === 'Escape' && !isOpen) setText('');
  }

  /** Props for previous results: visible and clickable, but hidden from the keyboard and screen readers. */
  function formerProps(person: PersonFragment) {
    return {
      'aria-hidden': true,
      onMouseDown: (event: React.MouseEvent) => event.preventDefault(), // it would blur the input
      onClick: () => choose(person),
    };
  }

  const open = isOpen && isEdited && wanted !== '';
  const fault = error && messageOf(error);
  return (
    <div className="search">
      <label className={isLabelShown ? 'search-label' : 'unseen'} {...combobox.getLabelProps()}>
        {label}
      </label>
      <div className="search-field">
        <input
          {...combobox.getInputProps({
            ref: input,
            // Set it synchronously: downshift's state would be too late for the next letter.
            onInput: ({ currentTarget }) => {
              setText(currentTarget.value);
              setEager(false);
            },
            onKeyDown: ({ key }) => press(key),
            onFocus: ({ currentTarget }) => {
              if (isEdited && wanted !== '') combobox.openMenu();
              else if (!isCleared) currentTarget.select(); // typing replaces the name
            },
            onBlur: () => {
              setEager(false);
              if (!isCleared && props.text !== undefined) setText(props.text); // still the chosen person
            },
          })}
          // Without results there is nothing to expand or highlight.
          {...(found.length === 0 && { 'aria-expanded': false, 'aria-activedescendant': undefined })}
          type="search"
          placeholder={placeholder}
          maxLength={LONGEST}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="search"
          dir="auto"
        />
        {shortcut && <kbd aria-hidden="true">{shortcut}</kbd>}
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
                      {person.isViewer && <span className="badge">You</span>}
                    </span>
                  </div>
                </li>
              ))}
            {open && choices.length > found.length && (
              <li className="search-all" {...combobox.getItemProps({ item: ALL, index: found.length })}>
                {total === null ? 'All results' : `All ${digits(total)} results`}
              </li>
            )}
          </ul>
          {!showAll && isCurrent && isMore && (
            <p className="total" aria-hidden="true">
              {total === null ? 'There are more. Continue typing.' : `${people(total)} in all`}
            </p>
          )}
          <p className={shown.length > 0 ? 'unseen' : 'empty'} role="status">
            {open && messageFor({ text: wanted, busy: !isCurrent, fault, found: found.length, total, isMore })}
          </p>
        </div>
      </div>
    </div>
  );
}

/** Returns the index of the person that a text means: the only exact match, or the only result. Otherwise -1. */
function indexOfMeant(found: readonly PersonFragment[], isMore: boolean, text: string): number {
  if (found.length === 1 && !isMore) return 0;
  const byUsername = found.findIndex(({ username }) => username === text);
  if (byUsername >= 0) return byUsername;
  const exact = found.filter((person) => isExactly(person, text));
  return exact.length === 1 ? found.indexOf(exact[0]!) : -1;
}

function people(number: number): string {
  return count(number, 'person', 'people');
}

interface Outcome {
  text: string;
  busy: boolean;
  fault: string | undefined;
  found: number;
  total: number | null;
  isMore: boolean;
}

function messageFor({ text, busy, fault, found, total, isMore }: Outcome) {
  if (busy) return 'Searching…';
  if (fault) return fault;
  if (found === 0) return `No user matches “${text}”.`;
  if (!isMore) return `${people(found)} found.`;
  return total === null ? `More than ${people(found)} found.` : `${digits(found)} of ${people(total)} found.`;
}

/** Reports whether one of two texts starts with the other. An empty text does not count. */
function eitherBegins(one: string, other: string): boolean {
  return one !== '' && other !== '' && (one.startsWith(other) || other.startsWith(one));
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

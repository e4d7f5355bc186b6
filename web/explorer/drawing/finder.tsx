import { useCombobox } from 'downshift';
import { useMemo, useState } from 'react';

import { nameOf } from '../name.ts';
import { foundIn } from './find.ts';
import type { Graph, Person } from './graph.ts';

interface FinderProps {
  part: Graph;
  reveal(id: string): void;
}

/** Finds a person in the drawing by name, and shows them. */
export function Finder({ part, reveal }: FinderProps) {
  const [text, setText] = useState('');
  const found = useMemo(() => foundIn(part, text), [part, text]);
  const combobox = useCombobox<Person>({
    items: found,
    inputValue: text,
    selectedItem: null,
    defaultHighlightedIndex: 0,
    itemToString: (person) => person?.username ?? '',
    stateReducer: (_state, { type, changes }) =>
      type === useCombobox.stateChangeTypes.InputBlur ? { ...changes, selectedItem: null } : changes,
    onSelectedItemChange: ({ selectedItem }) => {
      if (!selectedItem) return;
      setText('');
      combobox.reset();
      reveal(selectedItem.id);
    },
  });
  const isOpen = combobox.isOpen && text.trim() !== '';
  return (
    <div className="drawing-finder">
      <label className="unseen" {...combobox.getLabelProps()}>
        Find in the graph
      </label>
      <input
        {...combobox.getInputProps({
          // Set it synchronously: downshift's state would be too late for the next letter.
          onInput: ({ currentTarget }) => setText(currentTarget.value),
        })}
        {...(found.length === 0 && { 'aria-expanded': false, 'aria-activedescendant': undefined })}
        type="search"
        placeholder="Find in the graph"
        maxLength={100}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
      />
      <div className="drawing-found" hidden={!isOpen}>
        <ul {...combobox.getMenuProps()}>
          {isOpen &&
            found.map((person, index) => (
              <li key={person.id} {...combobox.getItemProps({ item: person, index })}>
                <bdi>{nameOf(person)}</bdi> <bdi className="drawing-quiet">@{person.username}</bdi>
              </li>
            ))}
        </ul>
        {found.length === 0 && (
          <p className="drawing-quiet" role="status">
            {isOpen && 'No one in the graph has this name.'}
          </p>
        )}
      </div>
    </div>
  );
}

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useLayoutEffect, useRef } from 'react';

import { examplesFor } from './examples';
import { NO_PEOPLE, type People } from './people';

/** The key of the variables with which the ready queries were filled, in the order of the queries. */
const KEY = 'followgraph:ready-variables';

/**
 * Fills the variables of the ready queries with users of this graph. Tabs that the user has changed stay. A browser can
 * have tabs of another graph: their variables are known from the last visit.
 */
export function ReadyQueries({ people }: { people: People }) {
  const { moveTab, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor'),
  );
  const latest = useRef({ tabs, activeTabIndex });
  useLayoutEffect(() => {
    latest.current = { tabs, activeTabIndex };
  });

  useEffect(() => {
    if (!queryEditor || !variableEditor || people === NO_PEOPLE) return;
    const queries = examplesFor(people);
    const before = [examplesFor(NO_PEOPLE).map(({ variables }) => variables), lastVariables()];
    keepVariables(queries.map(({ variables }) => variables));
    /** Returns the new variables of a ready query. Undefined if it is another query, or if they were changed. */
    function fresh(query: string | null | undefined, variables: string | null | undefined): string | undefined {
      const index = queries.findIndex((ready) => ready.query === query);
      return before.some((old) => old[index] === variables) ? queries[index]?.variables : undefined;
    }

    const own = fresh(queryEditor.getValue(), variableEditor.getValue());
    if (own !== undefined) variableEditor.setValue(own);
    // GraphiQL copies the text of the editors into the active tab with a delay, and moveTab copies it back.
    updateActiveTabValues({ query: queryEditor.getValue(), variables: variableEditor.getValue() });
    const timer = setTimeout(() => {
      const { tabs: now, activeTabIndex: active } = latest.current;
      const filled = now.map((tab, index) => {
        const variables = index === active ? undefined : fresh(tab.query, tab.variables);
        return variables === undefined || variables === tab.variables ? tab : { ...tab, variables };
      });
      if (filled.every((tab, index) => tab === now[index])) return;
      const views = [queryEditor, variableEditor].map(
        (editor) => [editor, editor.getValue(), editor.saveViewState()] as const,
      );
      moveTab(filled);
      for (const [editor, text, view] of views) {
        if (editor.getValue() !== text) editor.setValue(text); // it was typed after the copy
        editor.restoreViewState(view);
      }
    });
    return () => clearTimeout(timer);
  }, [people, queryEditor, variableEditor, moveTab, updateActiveTabValues]);

  return null;
}

function lastVariables(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // storage is disabled
  }
}

function keepVariables(variables: string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(variables));
  } catch {
    // Without storage, there are no tabs of another graph.
  }
}

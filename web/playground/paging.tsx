import { ToolbarButton, pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { applyEdits, modify } from 'jsonc-parser';
import { useMemo } from 'react';

import { position } from './cursor';

/** Toolbar buttons for the pages of the first connection with a variable as `after`. */
export function Paging() {
  const { run } = useGraphiQLActions();
  const { documentAST, operationName, variableEditor, isFetching, tabs, activeTabIndex } = useGraphiQL(
    pick('documentAST', 'operationName', 'variableEditor', 'isFetching', 'tabs', 'activeTabIndex'),
  );
  const result = tabs[activeTabIndex]?.response ?? '';
  const here = useMemo(
    () => documentAST && position(documentAST, operationName, result),
    [documentAST, operationName, result],
  );

  /** Sets the cursor variable, keeps the text of the other variables, and runs the query. */
  function goTo(cursor: string | undefined) {
    if (!here || !variableEditor) return;
    const variables = variableEditor.getValue();
    if (cursor !== undefined || variables.trim() !== '') {
      const formattingOptions = { insertSpaces: true, tabSize: 2 };
      variableEditor.setValue(applyEdits(variables, modify(variables, [here.variable], cursor, { formattingOptions })));
    }
    run();
  }

  return (
    <>
      <ToolbarButton label="Next page" disabled={isFetching || !here?.next} onClick={() => goTo(here?.next)}>
        <PageIcon path="M5 3l6 5-6 5zM12 3v10" />
      </ToolbarButton>
      <ToolbarButton label="First page" disabled={isFetching || !here} onClick={() => goTo(undefined)}>
        <PageIcon path="M11 3l-6 5 6 5zM4 3v10" />
      </ToolbarButton>
    </>
  );
}

function PageIcon({ path }: { path: string }) {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}

import { ToolbarButton, pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { applyEdits, modify } from 'jsonc-parser';
import { useMemo } from 'react';

import { position } from './cursor';
import { Icon } from './icon';

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
        <Icon path="M5 3l6 5-6 5zM12 3v10" />
      </ToolbarButton>
      <ToolbarButton label="First page" disabled={isFetching || !here} onClick={() => goTo(undefined)}>
        <Icon path="M11 3l-6 5 6 5zM4 3v10" />
      </ToolbarButton>
    </>
  );
}

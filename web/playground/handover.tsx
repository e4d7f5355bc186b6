import { pick, useGraphiQL, useGraphiQLActions, type MonacoEditor } from '@graphiql/react';
import { useEffect } from 'react';

import type { Draft } from './draft';
import type { LightEditor } from './light';
import { beginReport } from './reports';

/** Replaces the light editor as soon as Monaco has loaded. The text, the answer and the focus stay. */
export function Handover({ light, link }: { light: LightEditor; link: Draft | undefined }) {
  const { updateActiveTabValues, setOperationName } = useGraphiQLActions();
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'responseEditor'),
  );

  useEffect(() => {
    if (!queryEditor || !variableEditor || !responseEditor) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    function replace() {
      if (!queryEditor || !variableEditor || !responseEditor) return;
      if (light.isBusy) {
        timer = setTimeout(replace, 50);
        return;
      }
      const { query, variables, outcome, focus, isRunFocused } = light.handOver();
      write(queryEditor, query);
      write(variableEditor, variables);
      if (outcome) {
        const response = JSON.stringify(outcome.answer, null, 2);
        responseEditor.setValue(response);
        updateActiveTabValues({ response });
        beginReport()(outcome.report);
      }
      if (link?.operationName) setOperationName(link.operationName);
      if (focus) {
        const editor = focus.field === 'query' ? queryEditor : variableEditor;
        const model = editor.getModel();
        if (model) {
          const [start, end] = [model.getPositionAt(focus.start), model.getPositionAt(focus.end)];
          editor.setSelection({
            startLineNumber: start.lineNumber,
            startColumn: start.column,
            endLineNumber: end.lineNumber,
            endColumn: end.column,
          });
        }
        editor.revealPositionInCenterIfOutsideViewport(editor.getPosition()!);
        editor.focus();
      }
      if (isRunFocused) document.querySelector<HTMLElement>('.graphiql-execute-button')?.focus();
    }
    replace();
    return () => clearTimeout(timer);
  }, [queryEditor, variableEditor, responseEditor, light, link, updateActiveTabValues, setOperationName]);

  // The address is that of the link as long as the tab has its operation.
  useEffect(() => {
    if (!link || !queryEditor || !variableEditor) return;
    const changes = [queryEditor, variableEditor].map((editor) =>
      editor.onDidChangeModelContent(() => {
        if (queryEditor.getValue() === link.query && variableEditor.getValue() === link.variables) return;
        history.replaceState(null, '', location.pathname);
        for (const change of changes) change.dispose();
      }),
    );
    return () => {
      for (const change of changes) change.dispose();
    };
  }, [link, queryEditor, variableEditor]);

  return null;
}

/** Replaces the text of an editor by an edit, which can be undone. */
function write(editor: MonacoEditor, text: string): void {
  const model = editor.getModel();
  if (!model || editor.getValue() === text) return;
  editor.pushUndoStop();
  editor.executeEdits('handover', [{ range: model.getFullModelRange(), text }]);
  editor.pushUndoStop();
}

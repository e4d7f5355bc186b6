import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react';

import type { People } from './people';
import { inWords } from './report';
import { onReport, reportIn, setCurrentTab } from './reports';

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** What GraphiQL shows instead of an answer if variables or headers are invalid: the report is that of an earlier answer. */
const UNSENT = /^\{\s*"errors":\s*\[\s*\{\s*"message":\s*"Request not sent\. /;

/** What is shown with the answer: the status line, and a hint if there is no answer yet. */
export function AnswerFooter({ people }: { people: People }) {
  const { tabs, activeTabIndex, isFetching, responseEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'isFetching', 'responseEditor'),
  );
  const tab = tabs[activeTabIndex]?.id;
  useLayoutEffect(() => setCurrentTab(tab), [tab]);
  const report = useSyncExternalStore(onReport, () => reportIn(tab));

  const [isEmpty, setEmpty] = useState(true);
  const [isUnsent, setUnsent] = useState(false);
  useEffect(() => {
    function look() {
      const answer = responseEditor?.getValue();
      setEmpty(answer === '');
      setUnsent(UNSENT.test(answer ?? ''));
    }
    look();
    const change = responseEditor?.onDidChangeModelContent(look);
    return () => change?.dispose();
  }, [responseEditor]);

  // On a phone, the answer is below the editors.
  useEffect(() => {
    if (isFetching) document.querySelector('.graphiql-response')?.scrollIntoView({ block: 'nearest' });
  }, [isFetching]);

  return (
    <>
      {isEmpty && !isFetching && (
        <p className="answer-hint">
          {people.isEmpty
            ? 'This graph has no users yet, so the ready queries find no one. The command "followgraph sample" adds some.'
            : `Press Run (${IS_APPLE ? '⌘' : 'Ctrl+'}Enter) to send the operation. The answer appears here.`}
        </p>
      )}
      <p role="status" className="answer-report" aria-label="Response">
        {report && !isUnsent && inWords(report).map((part) => <span key={part}>{part}</span>)}
      </p>
    </>
  );
}

// The style sheets of the libraries, one by one: graphiql/style.css also contains 280 KB of fonts.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './playground.css';

import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { StorageAPI } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';

import type { Session } from '../session/session.ts';
import { Account } from './account';
import { AnswerFooter } from './answer';
import type { Draft } from './draft';
import { examplesFor } from './examples';
import { EXPLORER } from './explorer-link';
import { fetcherFor } from './fetcher';
import { Handover } from './handover';
import type { LightEditor } from './light';
import { Notice } from './notice';
import { Paging } from './paging';
import { peopleFor, type People } from './people';
import { PERSISTED_PLUGIN } from './persisted';
import { ReadyQueries } from './ready-queries';
import { SchemaNotice } from './schema-notice';
import { useSession } from './session';
import { Sharing } from './sharing';

/** What the page has when GraphiQL has loaded. */
export interface Beginning {
  light: LightEditor;
  /** The operation of the address. */
  link: Draft | undefined;
  /** The operation of the last visit. */
  kept: Draft | undefined;
  /** The users for the ready queries of the session at the start. */
  people: Promise<People>;
  /** The same as far as they are known. */
  atStart: People;
}

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin(), PERSISTED_PLUGIN];

const stored = new StorageAPI();

// At the first visit, the documentation is open if there is room. GraphiQL remembers later changes.
const showDocumentation = stored.get('tabState') === null && window.matchMedia('(min-width: 1200px)').matches;

/** GraphiQL on this server, with the ready queries in its tabs, or with the operation of a link. */
export function Playground({ light, link, kept, people: first, atStart }: Beginning) {
  const { session } = useSession();
  const people = usePeople(session, first, atStart);
  const [ready] = useState(() => examplesFor(atStart));
  const begin = link ?? kept ?? ready[0];
  // GraphiQL loads the schema again for each new fetcher, because introspection can depend on the caller.
  const fetcher = useMemo(() => fetcherFor(session), [session]);

  return (
    <GraphiQL
      fetcher={fetcher}
      // GraphiQL adds a tab for the link if it has stored tabs.
      defaultTabs={link ? [link, ...ready] : ready}
      // The default behaviour of GraphiQL, except that it would leave the variables of the first tab empty.
      initialQuery={begin.query}
      initialVariables={begin.variables}
      defaultEditorToolsVisibility="variables"
      plugins={PLUGINS}
      {...(showDocumentation && { visiblePlugin: DOC_EXPLORER_PLUGIN })}
      inputValueDeprecation
      schemaDescription
      // A header can contain a token, which must not be stored in the browser.
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        <h1 className="brand">Followgraph playground</h1>
        {EXPLORER && (
          <a className="explorer" href={EXPLORER}>
            Explorer
          </a>
        )}
        <Account />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            <Paging />
            {prettify}
            {merge}
            {copy}
            <Sharing />
          </>
        )}
      </GraphiQL.Toolbar>
      <GraphiQL.Footer>
        <AnswerFooter people={people} />
      </GraphiQL.Footer>
      <SchemaNotice />
      <Notice />
      <Handover light={light} link={link} />
      <ReadyQueries people={people} />
    </GraphiQL>
  );
}

/** Returns the users for the ready queries. The suggestions depend on the caller. */
function usePeople(session: Session | undefined, first: Promise<People>, known: People): People {
  const [people, setPeople] = useState(known);
  const [atStart] = useState(session);
  useEffect(() => {
    let isCurrent = true;
    void (session === atStart ? first : peopleFor(session)).then((found) => isCurrent && setPeople(found));
    return () => {
      isCurrent = false;
    };
  }, [session, atStart, first]);
  return people;
}

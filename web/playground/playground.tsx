// The libraries' own style sheets one by one: graphiql/style.css joins them with 280 KB of fonts.
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
import { useMemo } from 'react';

import { Account } from './account';
import { EXAMPLES } from './examples';
import { fetcherFor } from './fetcher';
import { Paging } from './paging';
import { SchemaNotice } from './schema-notice';
import { useSession } from './session';

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];

const stored = new StorageAPI();

// On a first visit, with room for it, the documentation stands open; GraphiQL remembers what comes of it.
const showDocumentation = stored.get('tabState') === null && window.matchMedia('(min-width: 1200px)').matches;

/** GraphiQL on this server, with the example queries in its tabs. */
export function Playground() {
  const { session } = useSession();
  // GraphiQL asks for the schema whenever the fetcher is another one: what is told of it depends on who asks.
  const fetcher = useMemo(() => fetcherFor(session), [session]);

  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      // What GraphiQL does by itself, bar that it would leave the variables of the first tab empty.
      initialQuery={stored.get('query') ?? EXAMPLES[0].query}
      initialVariables={stored.get('variables') ?? EXAMPLES[0].variables}
      defaultEditorToolsVisibility="variables"
      plugins={PLUGINS}
      {...(showDocumentation && { visiblePlugin: DOC_EXPLORER_PLUGIN })}
      inputValueDeprecation
      schemaDescription
      // A header may carry a token, which is not for the browser's storage.
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        <h1 className="brand">Followgraph</h1>
        <Account />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            <Paging />
            {prettify}
            {merge}
            {copy}
          </>
        )}
      </GraphiQL.Toolbar>
      <SchemaNotice />
    </GraphiQL>
  );
}

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
import { useMemo } from 'react';

import { Account } from './account';
import { EXAMPLES } from './examples';
import { fetcherFor } from './fetcher';
import { Paging } from './paging';
import { SchemaNotice } from './schema-notice';
import { useSession } from './session';

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];

const stored = new StorageAPI();

// At the first visit, the documentation is open if there is room. GraphiQL remembers later changes.
const showDocumentation = stored.get('tabState') === null && window.matchMedia('(min-width: 1200px)').matches;

/** GraphiQL on this server, with the example queries in its tabs. */
export function Playground() {
  const { session } = useSession();
  // GraphiQL loads the schema again for each new fetcher, because introspection can depend on the caller.
  const fetcher = useMemo(() => fetcherFor(session), [session]);

  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      // The default behaviour of GraphiQL, except that it would leave the variables of the first tab empty.
      initialQuery={stored.get('query') ?? EXAMPLES[0].query}
      initialVariables={stored.get('variables') ?? EXAMPLES[0].variables}
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

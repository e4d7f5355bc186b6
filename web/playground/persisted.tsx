import { Button, pick, useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { useState, type FormEvent } from 'react';

import { hashOf, isUnknown, requestsFor } from './document-id';
import { post, type Operation, type Outcome } from './endpoint';
import { headersFor } from './fetcher';
import { Icon } from './icon';
import { beginReport } from './reports';
import { endSession, useSession } from './session';
import { objectIn } from './sharing';

/** The panel that runs persisted documents. */
export const PERSISTED_PLUGIN: GraphiQLPlugin = {
  title: 'Persisted documents',
  icon: () => <Icon path="M6 2L4.5 14M11.5 2L10 14M2.5 5.5h11M2 10.5h11" />,
  content: Persisted,
};

function Persisted() {
  const { session } = useSession();
  const { updateActiveTabValues, setVisiblePlugin } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  const [id, setId] = useState('');
  const [fault, setFault] = useState('');

  function show(outcome: Outcome, report = beginReport()) {
    const response = JSON.stringify(outcome.answer, null, 2);
    responseEditor?.setValue(response);
    updateActiveTabValues({ response });
    report(outcome.report);
    // On a phone, the panel covers the editors and the answer.
    if (!window.matchMedia('(max-width: 700px)').matches) return;
    setVisiblePlugin(null);
    requestAnimationFrame(() => document.querySelector('.graphiql-response')?.scrollIntoView({ block: 'nearest' }));
  }

  /** Sends requests until the server knows a document, with the variables and headers of the tab. */
  async function send(requests: Operation[]) {
    const variables = objectIn(variableEditor?.getValue() ?? '');
    const written = objectIn(headerEditor?.getValue() ?? '');
    if (!variables || !written) {
      setFault(`The ${variables ? 'headers' : 'variables'} are not a JSON object: correct them first.`);
      return;
    }
    setFault('');
    const { headers, isOwn } = headersFor(session, written);
    const report = beginReport();
    let outcome: Outcome | undefined;
    for (const request of requests) {
      outcome = await post({ ...request, variables }, headers);
      if (!isUnknown(outcome)) break;
    }
    if (!outcome) return;
    if (outcome.status === 401 && isOwn && session) endSession(session);
    show(outcome, report);
  }

  function run(event: FormEvent) {
    event.preventDefault();
    void send(requestsFor(id.trim()));
  }

  async function takeId() {
    const hash = await hashOf(queryEditor?.getValue() ?? '');
    if (hash) setId(hash);
    else setFault('The browser computes hashes only with HTTPS or on localhost.');
  }

  /** Sends the query with its hash, as a client with automatic persisted queries does. */
  async function register() {
    const query = queryEditor?.getValue() ?? '';
    const hash = await hashOf(query);
    if (!hash) {
      setFault('The browser computes hashes only with HTTPS or on localhost.');
      return;
    }
    setId(hash);
    await send([{ query, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }]);
  }

  return (
    <section className="persisted" aria-label="Persisted documents">
      <h2 className="persisted-title">Persisted documents</h2>
      <p>
        Runs a document that the server knows by its id: a trusted document of a manifest, or an automatic persisted
        query. The variables and headers are those of the tab.
      </p>
      <form onSubmit={run}>
        <label>
          Document id
          <input
            value={id}
            onChange={(event) => setId(event.target.value)}
            placeholder="sha256:…"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            required
            maxLength={256}
          />
        </label>
        <p role="alert">{fault}</p>
        <Button type="submit" className="persisted-run">
          Run by id
        </Button>
      </form>
      <p>
        The id of the query in the editor is its SHA-256. The server knows it after the query was sent with it once.
      </p>
      <div className="persisted-actions">
        <Button type="button" onClick={() => void takeId()}>
          Use the id of the query
        </Button>
        <Button type="button" onClick={() => void register()}>
          Send the query with its id
        </Button>
      </div>
    </section>
  );
}

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

/** Says why there is no documentation, where there is none. The panels of GraphiQL only say that. */
export function SchemaNotice() {
  const { introspect } = useGraphiQLActions();
  const { fetchError, isFetching, isIntrospecting } = useGraphiQL(pick('fetchError', 'isFetching', 'isIntrospecting'));
  const fault = fetchError ? reason(fetchError) : undefined;
  const mayPass = fault !== undefined && fault.code !== 'FORBIDDEN';

  // Whoever runs a query finds out whether the server is back: so is the documentation then.
  const wasFetching = useRef(false);
  useEffect(() => {
    if (wasFetching.current && !isFetching && mayPass) introspect();
    wasFetching.current = isFetching;
  }, [isFetching, mayPass, introspect]);

  return (
    <div role="status" className="schema-notice">
      {fault && !isIntrospecting && (
        <p>
          {mayPass ? (
            <>
              There is no documentation yet, nor completion: {fault.message}{' '}
              <button type="button" onClick={introspect}>
                Load it again
              </button>
            </>
          ) : (
            `There is no documentation here, nor completion: ${fault.message}. Users with the role OPT_USER have both.`
          )}
        </p>
      )}
    </div>
  );
}

interface Reason {
  message: string;
  code?: string;
}

/** Reads GraphiQL's error, which is the answer to introspection as JSON, or a text of its own. */
function reason(fetchError: string): Reason {
  try {
    const { errors, message } = JSON.parse(fetchError) as {
      errors?: { message: string; extensions?: { code?: string } }[];
      message?: string;
    };
    const [first] = errors ?? [];
    const code = first?.extensions?.code;
    return { message: first?.message ?? message ?? fetchError, ...(code && { code }) };
  } catch {
    return { message: fetchError };
  }
}

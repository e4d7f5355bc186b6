import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

/** Shows why the documentation is missing. The panels of GraphiQL do not show the reason. */
export function SchemaNotice() {
  const { introspect } = useGraphiQLActions();
  const { fetchError, isFetching, isIntrospecting } = useGraphiQL(pick('fetchError', 'isFetching', 'isIntrospecting'));
  const fault = fetchError ? reason(fetchError) : undefined;
  const mayPass = fault !== undefined && fault.code !== 'FORBIDDEN';

  // A query shows whether the server is back. The documentation loads again then.
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
              Documentation and completion are not available: {fault.message}{' '}
              <button type="button" onClick={introspect}>
                Try again
              </button>
            </>
          ) : (
            `Documentation and completion are not available: ${fault.message}. Users with the role OPT_USER can use both.`
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

/** Parses the error of GraphiQL: the response to introspection as JSON, or a text. */
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

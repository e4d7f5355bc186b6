import { useEffect, useId, useRef, useState, type FormEvent, type InputHTMLAttributes, type ReactNode } from 'react';
import { CombinedError } from 'urql';

import { messageOf, sentence } from './fault.tsx';

/** The faults of a form: those of its fields by name, and the rest. */
export interface Faults {
  fields: Record<string, string>;
  rest: string[];
}

const NONE: Faults = { fields: {}, rest: [] };

/**
 * Sorts the errors of a mutation by the fields of a form.
 *
 * @param labels the label of each field by its name in the API
 */
export function faultsOf(error: CombinedError | undefined, labels: Record<string, string>): Faults {
  if (!error) return NONE;
  if (error.graphQLErrors.length === 0) return { fields: {}, rest: [messageOf(error)] };
  const faults: Faults = { fields: {}, rest: [] };
  for (const each of error.graphQLErrors) {
    const field = each.extensions['field'];
    if (typeof field === 'string' && Object.hasOwn(labels, field)) {
      // Messages begin with the name of the field in the API.
      faults.fields[field] ??= sentence(each.message.replace(new RegExp(`^${field}(?= )`), labels[field]!));
    } else faults.rest.push(messageOf(new CombinedError({ graphQLErrors: [each] })));
  }
  return faults;
}

interface FormProps {
  faults: Faults;
  /** Whether the server has not answered yet. */
  busy: boolean;
  /** Gets the values by name. */
  send(values: Record<string, string>): void;
  /** The text of the button, while the server works and otherwise. */
  action: [working: string, otherwise: string];
  /** The fields get their default values again when it changes. */
  resets?: number;
  className?: string;
  children: ReactNode;
}

/** A form whose faults are beside their fields. The focus moves to the first one. */
export function Form({ faults, busy, send, action, resets = 0, className = '', children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current!.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  useEffect(() => {
    if (resets > 0) form.current!.reset();
  }, [resets]);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    send(Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)])));
  }
  return (
    <form ref={form} className={`form ${className}`} onSubmit={submit}>
      {children}
      {faults.rest.length > 0 && (
        <div className="fault-text" role="alert">
          {faults.rest.map((fault) => (
            <p key={fault}>{fault}</p>
          ))}
        </div>
      )}
      <button className="primary" aria-busy={busy} aria-disabled={busy}>
        {busy ? action[0] : action[1]}
      </button>
    </form>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  /** What the field accepts. */
  hint?: ReactNode;
  faults?: Faults;
}

/** A text field with its label, and its hint or fault. The fault disappears when the text changes. */
export function Field({ label, hint, faults = NONE, ...input }: FieldProps) {
  const id = useId();
  const [corrected, setCorrected] = useState<Faults>();
  const fault = corrected === faults ? undefined : faults.fields[input.name];
  const note = fault ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        autoCapitalize="off"
        spellCheck={false}
        dir="auto"
        aria-invalid={fault ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        onInput={() => setCorrected(faults)}
        {...input}
      />
      {note && (
        <p id={`${id}-note`} className={fault ? 'fault-text' : 'hint'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** A password field with a button that shows what is typed. */
export function Password(props: Omit<FieldProps, 'type'>) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <Field {...props} type={isShown ? 'text' : 'password'} dir="ltr" />
      <button type="button" className="plain" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        Show<span className="unseen"> what is typed</span>
      </button>
    </div>
  );
}

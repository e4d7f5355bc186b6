import { useEffect, useRef, useSyncExternalStore } from 'react';

import { useSession } from './session.tsx';

interface Question {
  title: string;
  /** What the action does. */
  text: string;
  /** The text of the button. */
  action: string;
}

let pending: { question: Question; answer: (isSure: boolean) => void } | undefined;
const listeners = new Set<() => void>();

/** Asks the user whether to do something. One question at a time: another one is answered with no. */
export function confirmed(question: Question): Promise<boolean> {
  answer(false);
  return new Promise((resolve) => {
    pending = { question, answer: resolve };
    for (const listener of listeners) listener();
  });
}

function answer(isSure: boolean): void {
  pending?.answer(isSure);
  pending = undefined;
  for (const listener of listeners) listener();
}

/** The place of the questions of `confirmed`. */
export function Confirmation() {
  const { session } = useSession();
  const asked = useSyncExternalStore(subscribe, () => pending);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (asked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);
  // The question was for the caller who was signed in.
  useEffect(() => () => answer(false), [session?.token]);
  const { title, text, action } = asked?.question ?? { title: '', text: '', action: '' };
  return (
    <dialog
      ref={dialog}
      className="dialog"
      role="alertdialog"
      aria-labelledby="confirmation-title"
      aria-describedby="confirmation-text"
      onClose={() => answer(false)}
    >
      <h2 id="confirmation-title">{title}</h2>
      <p id="confirmation-text">{text}</p>
      <p className="dialog-actions">
        <button type="button" onClick={() => answer(false)}>
          Cancel
        </button>
        <button type="button" className="primary" onClick={() => answer(true)}>
          {action}
        </button>
      </p>
    </dialog>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

import type { Draft } from './draft.ts';
import { post, type Outcome } from './endpoint.ts';
import { restored } from '../session/session.ts';
import { inWords } from './report.ts';

/** What the light editor contains when the full editor replaces it. */
export interface Handover extends Draft {
  /** The last outcome, if something was run. */
  outcome?: Outcome;
  /** The field that has the focus, and its selection as offsets. */
  focus?: { field: 'query' | 'variables'; start: number; end: number };
  /** Whether the button Run has the focus. */
  isRunFocused: boolean;
}

/**
 * An editor of a few kilobytes. It edits and runs an operation at once, while GraphiQL and Monaco load, which have more
 * than a megabyte.
 */
export class LightEditor {
  readonly #place: HTMLElement;
  readonly #query: HTMLTextAreaElement;
  readonly #variables: HTMLTextAreaElement;
  readonly #button: HTMLElement;
  readonly #state: HTMLElement;
  readonly #answer: HTMLElement;
  readonly #report: HTMLElement;
  readonly #draft: Draft;
  #outcome: Outcome | undefined;
  #running: Promise<void> | undefined;
  #isComposing = false;

  /** Fills an element that has the parts of the editor: see index.html. */
  constructor(place: HTMLElement, draft: Draft) {
    const part = <Part extends HTMLElement>(name: string) => place.querySelector<Part>(`.light-${name}`)!;
    this.#place = place;
    this.#query = part('query');
    this.#variables = part('variables');
    this.#button = part('run');
    this.#state = part('state');
    this.#answer = part('answer');
    this.#report = part('report');
    this.#draft = { ...draft };
    this.#query.value = draft.query;
    this.#variables.value = draft.variables;
    this.#button.addEventListener('click', () => void this.#run());
    place.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void this.#run();
    });
    place.addEventListener('compositionstart', () => (this.#isComposing = true));
    place.addEventListener('compositionend', () => (this.#isComposing = false));
    place.hidden = false;
  }

  /** Replaces the variables if the user has not changed the draft. */
  fill({ query, variables }: Draft): void {
    if (query !== this.#query.value || this.#variables.value !== this.#draft.variables) return;
    this.#draft.variables = variables;
    this.#variables.value = variables;
  }

  /** Shows that the full editor could not be loaded. This one stays. */
  fail(message: string): void {
    const fault = document.createElement('p');
    fault.setAttribute('role', 'alert');
    fault.textContent = message;
    this.#state.replaceWith(fault);
  }

  /** Whether the full editor has to wait: for an answer, or for a character that is being composed. */
  get isBusy(): boolean {
    return this.#running !== undefined || this.#isComposing;
  }

  /** Removes the editor and returns what it contained. */
  handOver(): Handover {
    const fields = { query: this.#query, variables: this.#variables };
    const focused = Object.entries(fields).find(([, field]) => field === document.activeElement);
    const handover: Handover = {
      ...this.#draft,
      query: this.#query.value,
      variables: this.#variables.value,
      isRunFocused: this.#button === document.activeElement,
      ...(this.#outcome && { outcome: this.#outcome }),
      ...(focused && {
        focus: {
          field: focused[0] as keyof typeof fields,
          start: focused[1].selectionStart,
          end: focused[1].selectionEnd,
        },
      }),
    };
    this.#place.remove();
    return handover;
  }

  #run(): Promise<void> {
    this.#running ??= this.#send().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #send(): Promise<void> {
    this.#show('Running…');
    let variables: unknown;
    try {
      variables = this.#variables.value.trim() === '' ? undefined : JSON.parse(this.#variables.value);
    } catch {
      this.#show('The variables are not valid JSON.');
      return;
    }
    if (/^\s*subscription\b/m.test(this.#query.value)) {
      this.#show('Subscriptions run in the full editor, which is still loading.');
      return;
    }
    const { session } = restored();
    const outcome = await post(
      { query: this.#query.value, variables, operationName: this.#draft.operationName },
      session ? { Authorization: `Bearer ${session.token}` } : {},
    );
    this.#outcome = outcome;
    this.#show(JSON.stringify(outcome.answer, null, 2), inWords(outcome.report).join(' · '));
  }

  #show(answer: string, report = ''): void {
    this.#answer.textContent = answer;
    this.#report.textContent = report;
    // On a phone, the answer is below the editors.
    this.#answer.parentElement?.scrollIntoView({ block: 'nearest' });
  }
}

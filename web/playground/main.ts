import './frame.css';

import { restored } from '../session/session.ts';
import { linked, stored } from './draft';
import { examplesFor } from './examples';
import { EXPLORER } from './explorer-link';
import { LightEditor } from './light';
import { NO_PEOPLE, peopleFor, type People } from './people';

const link = linked(location.search);
const kept = stored();
const light = new LightEditor(document.getElementById('light')!, link ?? kept ?? examplesFor(NO_PEOPLE)[0]);

const explorer = document.querySelector<HTMLAnchorElement>('.light-explorer')!;
if (EXPLORER) {
  explorer.href = EXPLORER;
  explorer.hidden = false;
}

const people = peopleFor(restored().session).then((found) => {
  light.fill(examplesFor(found)[0]);
  return found;
});

// GraphiQL and Monaco have more than a megabyte. The light editor works until they have loaded, so the users for the
// ready queries are usually known by then. Otherwise the queries are filled later.
const known = Promise.race([people, new Promise<People>((resolve) => setTimeout(resolve, 2_000, NO_PEOPLE))]);

Promise.all([import('./application'), known]).then(
  ([{ start }, atStart]) => start(document.getElementById('playground')!, { light, link, kept, people, atStart }),
  () =>
    light.fail(
      `The full editor could not be loaded from ${location.origin}. ` +
        'Check that the Followgraph server is running ("followgraph serve"), then reload this page.',
    ),
);

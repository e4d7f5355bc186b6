import { useRef, useState } from 'react';

import { PLAYGROUND } from '../playground.ts';
import { fileNameOf, fileOf, save, type DataFormat } from './export.ts';
import type { Graph } from './graph.ts';
import { linesIn, type Plan } from './plan.ts';
import { drawnQueryOf, parametersOf } from './query.ts';
import type { PictureFormat } from './view.ts';

interface ExportMenuProps {
  graph: Graph;
  part: Graph;
  plan: Plan;
  picture(format: PictureFormat): Promise<Blob>;
  say(sentence: string): void;
}

const PICTURES: [PictureFormat, string][] = [
  ['png', 'Picture (PNG)'],
  ['svg', 'Picture (SVG)'],
];
const DATA: [DataFormat, string][] = [
  ['people.csv', 'People (CSV)'],
  ['follows.csv', 'Follows (CSV)'],
  ['json', 'People and follows (JSON)'],
];

/** Saves what is drawn as a picture or as data, or opens it as a query. */
export function ExportMenu({ graph, part, plan, picture, say }: ExportMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(false);
  const middle = graph.people.get(graph.middle)!.username;

  function close() {
    menu.current!.open = false;
    menu.current!.querySelector('summary')!.focus();
  }

  async function savePicture(format: PictureFormat) {
    close();
    try {
      save(await picture(format), fileNameOf(middle, format));
      say('The picture is saved.');
    } catch {
      say('The picture could not be made.');
    }
  }

  function saveData(format: DataFormat) {
    close();
    save(fileOf(part, linesIn(plan), format), fileNameOf(middle, format));
    say('The file is saved.');
  }

  return (
    <details
      ref={menu}
      className="drawing-export"
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.stopPropagation();
        close();
      }}
    >
      <summary>Export</summary>
      {isOpen && (
        <ul aria-label="Export">
          {PICTURES.map(([format, label]) => (
            <li key={format}>
              <button type="button" onClick={() => savePicture(format)}>
                {label}
              </button>
            </li>
          ))}
          {DATA.map(([format, label]) => (
            <li key={format}>
              <button type="button" onClick={() => saveData(format)}>
                {label}
              </button>
            </li>
          ))}
          {PLAYGROUND && (
            <li>
              <a href={`${PLAYGROUND}?${parametersOf(drawnQueryOf(graph, plan))}`}>Open as query</a>
            </li>
          )}
        </ul>
      )}
    </details>
  );
}

import './frame.css';

const place = document.getElementById('playground')!;

// GraphiQL and Monaco have several megabytes. The frame is painted before they load.
import('./application').then(
  ({ start }) => start(place),
  () => {
    place.innerHTML = '<p role="alert"></p>';
    place.firstElementChild!.textContent =
      `The editor could not be loaded from ${location.origin}. ` +
      'Check that the Followgraph server is running ("followgraph serve"), then reload this page.';
  },
);

import './frame.css';

const place = document.getElementById('playground')!;

// GraphiQL and Monaco are megabytes. The frame is painted before any of it is asked for.
import('./application').then(
  ({ start }) => start(place),
  () => {
    place.innerHTML = '<p role="alert"></p>';
    place.firstElementChild!.textContent =
      `The editor could not be loaded from ${location.origin}. ` +
      'Check that the Followgraph server runs ("followgraph serve"), and load this page again.';
  },
);

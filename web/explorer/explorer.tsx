import { Link, Router } from 'wouter';

import { Account } from './account.tsx';
import { Confirmation } from './confirmation.tsx';
import { Heading } from './heading.tsx';
import { Home } from './home.tsx';
import { Notice } from './notice.tsx';
import { part } from './part.tsx';
import { Results } from './results.tsx';
import { useLocation, useRoute } from './route.ts';
import { address, useScroll } from './scroll.ts';
import { Search } from './search.tsx';
import { SignIn } from './sign-in.tsx';
import { useTitle } from './title.ts';
import { User } from './user.tsx';
import { Wishes } from './wish.tsx';

const Connection = part('The page', () => import('./connection.tsx'));
const Compare = part('The page', () => import('./compare/compare.tsx'));
const Settings = part('The page', () => import('./settings/settings.tsx'));

/** The page: a bar with the search, and the content of the address. */
export function Explorer() {
  const route = useRoute();
  useScroll(address());
  return (
    <Router hook={useLocation}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // do not add it to the history
          document.getElementById('main')!.focus();
        }}
      >
        Skip to the content
      </a>
      <header className="bar">
        <Link href="/" className="logo" aria-label="Followgraph home">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M9 23 23 9M9 23h14M23 9v14" />
            <circle cx="23" cy="9" r="6" />
            <circle cx="9" cy="23" r="5" />
            <circle cx="23" cy="23" r="4" />
          </svg>
          <span>Followgraph</span>
        </Link>
        <Search />
        <Account />
      </header>
      <main id="main" tabIndex={-1}>
        {route.page === 'home' && <Home />}
        {route.page === 'user' && <User key={route.username} username={route.username} view={route.view} />}
        {route.page === 'search' && <Results key={route.query} query={route.query} />}
        {route.page === 'path' && <Connection from={route.from} to={route.to} />}
        {route.page === 'compare' && <Compare one={route.one} other={route.other} view={route.view} />}
        {route.page === 'account' && <Settings />}
        {route.page === 'nowhere' && <Nowhere />}
      </main>
      <Notice />
      <Confirmation />
      <SignIn />
      <Wishes />
    </Router>
  );
}

function Nowhere() {
  useTitle('Page not found');
  return (
    <div className="alone">
      <Heading>Page not found</Heading>
      <p>
        <Link href="/">Go to the start page</Link>
      </p>
    </div>
  );
}

/** The address of the explorer. Undefined if the server does not serve it. */
export const EXPLORER = document.querySelector<HTMLMetaElement>('meta[name="explorer"]')?.content;

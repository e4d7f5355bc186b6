/**
 * The address of the playground. Undefined if the server has none, or if callers cannot run their own queries in it.
 */
export const PLAYGROUND = document.querySelector<HTMLMetaElement>('meta[name="playground"]')?.content;

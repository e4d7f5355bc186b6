import type { Plugin } from 'vite';

/**
 * Fails the build if it contains a module of one of these packages.
 *
 * @param packages the names of the packages
 * @param reason what to do instead, for the error
 */
export function forbid(packages: string[], reason: string): Plugin {
  const folders = packages.map((name) => `/node_modules/${name}/`);
  return {
    name: 'forbid',
    apply: 'build',
    generateBundle() {
      for (const id of this.getModuleIds()) {
        const module = id.replaceAll('\\', '/');
        if (!folders.some((folder) => module.includes(folder))) continue;
        const [importer = 'an entry'] = this.getModuleInfo(id)?.importers ?? [];
        this.error(`${module} is in the build, imported by ${importer}. ${reason}`);
      }
    },
  };
}

import { gzipSync } from 'fflate';
import type { Plugin } from 'vite';

/**
 * Replaces every built file with its gzip form. Only the gzip form is committed and embedded.
 *
 * Go can decompress gzip for clients that do not accept it. fflate gives the same bytes everywhere: the output of
 * node:zlib depends on the version of Node and the processor.
 */
export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          const content = file.type === 'chunk' ? file.code : file.source;
          const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
          delete bundle[fileName];
          this.emitFile({
            type: 'asset',
            fileName: `${fileName}.gz`,
            // No timestamp: the same sources must give the same bytes.
            source: gzipSync(bytes, { level: 9, mem: 12, mtime: 0 }),
          });
        }
      },
    },
  };
}

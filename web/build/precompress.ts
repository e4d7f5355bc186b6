import { gzipSync } from 'fflate';
import type { Plugin } from 'vite';

/**
 * Replaces every built file by its gzip form, the only one that is committed and embedded.
 *
 * It is gzip because Go can undo it for a client that does not take it, and fflate rather than
 * node:zlib because zlib's output changes with Node's version and the processor.
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
            // No time stamp: the same sources must give the same bytes.
            source: gzipSync(bytes, { level: 9, mem: 12, mtime: 0 }),
          });
        }
      },
    },
  };
}

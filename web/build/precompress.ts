import type { BrotliWasmType } from 'brotli-wasm';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

// Its export for modules loads the WebAssembly with fetch, which Node cannot do for files.
const brotli = createRequire(import.meta.url)('brotli-wasm') as BrotliWasmType;

/**
 * Replaces every built file with its Brotli form. Only this form is committed and embedded.
 *
 * Go can decompress it for clients that do not accept it. brotli-wasm gives the same bytes everywhere: the output of
 * node:zlib depends on the version of Node.
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
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotli.compress(bytes, { quality: 11 }) });
        }
      },
    },
  };
}

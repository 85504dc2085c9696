/**
 * Builds `generated/` from the component's sources: AssemblyScript → core module → component (its types
 * embedded, `wasm-inspect.component.wasm`, for any component host) → JavaScript with synchronous instantiation,
 * for Node. The same sources give the same bytes.
 *
 *     node wasm-inspect/component/build.ts [OUTPUT_DIRECTORY]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');
const asc = join(modules, 'assemblyscript/bin/asc.js');
const jco = join(modules, '@bytecodealliance/jco/src/jco.js');

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

function build(outputDir: string, scratchDir: string): void {
  const core = join(scratchDir, 'core.wasm');
  const embedded = join(scratchDir, 'embedded.wasm');
  const component = join(scratchDir, 'component.wasm');
  run(
    asc, 'wasm-inspect/component/index.ts', '-o', core,
    '--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort=', '--maximumMemory', '2048',
    '--transform', './wasm-inspect/component/export-names.mjs',
  );
  run(jco, 'embed', core, '--wit', 'wasm-inspect/wit', '-n', 'wasm-inspect', '-o', embedded);
  run(jco, 'new', embedded, '-o', component);
  rmSync(outputDir, { recursive: true, force: true });
  mkdirSync(outputDir, { recursive: true });
  run(jco, 'transpile', component, '-o', outputDir, '--name', 'wasm-inspect', '--instantiation', 'sync', '-q');
  copyFileSync(component, join(outputDir, 'wasm-inspect.component.wasm'));
}

const scratchDir = mkdtempSync(join(tmpdir(), 'wasm-inspect-'));
try {
  build(process.argv[2] ?? join(root, 'wasm-inspect/generated'), scratchDir);
} finally {
  rmSync(scratchDir, { recursive: true, force: true });
}

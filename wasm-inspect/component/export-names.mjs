// asc transform: AssemblyScript can't spell the export names of the canonical ABI, so they are added here.
const api = 'stageyard:inspect/api';
const functions = { inspect: 'inspect', examineRunPaths: 'examine-run-paths' };
const entry = 'wasm-inspect/component';

export default class {
  afterCompile(module) {
    for (const [name, canonical] of Object.entries(functions)) {
      module.addFunctionExport(`${entry}/index/${name}`, `${api}#${canonical}`);
      module.addFunctionExport(`${entry}/index/post`, `cabi_post_${api}#${canonical}`);
    }
    module.addFunctionExport(`${entry}/reader/arena/realloc`, 'cabi_realloc');
    for (const name of [...Object.keys(functions), 'post', 'realloc']) module.removeExport(name);
  }
}

// asc transform: AssemblyScript can't spell the export names of the canonical ABI, so they are added here.
const api = 'stageyard:inspect/api';
const entry = 'wasm-inspect/component';

export default class {
  afterCompile(module) {
    module.addFunctionExport(`${entry}/index/inspect`, `${api}#inspect`);
    module.addFunctionExport(`${entry}/index/post`, `cabi_post_${api}#inspect`);
    module.addFunctionExport(`${entry}/reader/arena/realloc`, 'cabi_realloc');
    for (const name of ['inspect', 'post', 'realloc']) module.removeExport(name);
  }
}

// world root:component/root
import type * as StageyardInspectSource from './interfaces/stageyard-inspect-source.js'; // stageyard:inspect/source
import type * as StageyardInspectApi from './interfaces/stageyard-inspect-api.js'; // stageyard:inspect/api
export interface ImportObject {
  'stageyard:inspect/source': typeof StageyardInspectSource,
}
export interface Root {
  'stageyard:inspect/api': typeof StageyardInspectApi,
  api: typeof StageyardInspectApi,
}

/**
* Instantiates this component with the provided imports and
* returns a map of all the exports of the component.
*
* This function is intended to be similar to the
* `WebAssembly.Instantiate` constructor. The second `imports`
* argument is the "import object" for wasm, except here it
* uses component-model-layer types instead of core wasm
* integers/numbers/etc.
*
* The first argument to this function, `getCoreModule`, is
* used to compile core wasm modules within the component.
* Components are composed of core wasm modules and this callback
* will be invoked per core wasm module. The caller of this
* function is responsible for reading the core wasm module
* identified by `path` and returning its compiled
* `WebAssembly.Module` object. This would use the
* `WebAssembly.Module` constructor on the web, for example.
*/
export function instantiate(
getCoreModule: (path: string) => WebAssembly.Module,
imports: ImportObject,
instantiateCore?: (module: WebAssembly.Module, imports: Record<string, any>) => WebAssembly.Instance
): Root;


/**
 * Loads the generated component. Compiled once a process, threads included; instantiated as often as needed
 * (0.6 ms).
 */
import { readFileSync } from 'node:fs';
import { instantiate } from '../generated/wasm-inspect.js';
import type * as api from '../generated/interfaces/stageyard-inspect-api.js';

/** The component's side of the contract. */
export type Component = typeof api;

/** The host's side. Undefined: the file can't be read (further). */
export type ReadAt = (offset: bigint, length: number) => Uint8Array | undefined;

interface CompiledModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

// The little of the global that is named here; the DOM library, which declares it, has more than Node has.
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => CompiledModule };

/** The component's core modules by file name. They can be sent to worker threads. */
export type CompiledModules = ReadonlyMap<string, CompiledModule>;

const MODULES = ['wasm-inspect.core.wasm', 'wasm-inspect.core2.wasm', 'wasm-inspect.core3.wasm'];

let compiled: CompiledModules | undefined;

/** Compiles the component, once. */
export function compileComponent(): CompiledModules {
  compiled ??= new Map(MODULES.map((name) => [name, compileModule(name)]));
  return compiled;
}

function compileModule(name: string): CompiledModule {
  const bytes = readFileSync(new URL(`../generated/${name}`, import.meta.url));
  return new WebAssembly.Module(bytes);
}

/** A fresh instance that reads through `readAt`; `modules` where another thread has compiled them. */
export function instantiateComponent(
  readAt: ReadAt,
  modules: CompiledModules = compileComponent(),
): Component {
  const coreModule = (name: string): CompiledModule => {
    const module = modules.get(name);
    if (module === undefined) throw new Error(`the component has no module ${name}`);
    return module;
  };
  return instantiate(coreModule, { 'stageyard:inspect/source': { readAt } }).api;
}

/** Loads the generated component. Compiled once a process, instantiated as often as needed (0.6 ms). */
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

const modules = new Map<string, CompiledModule>();

function coreModule(name: string): CompiledModule {
  const known = modules.get(name);
  if (known !== undefined) return known;
  const bytes = readFileSync(new URL(`../generated/${name}`, import.meta.url));
  const module = new WebAssembly.Module(bytes);
  modules.set(name, module);
  return module;
}

/** A fresh instance that reads through `readAt`. */
export function instantiateComponent(readAt: ReadAt): Component {
  return instantiate(coreModule, { 'stageyard:inspect/source': { readAt } }).api;
}

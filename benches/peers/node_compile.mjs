// Compiles all of a module with V8's optimising compiler, which Node does in
// full only when told to:
//     node --no-liftoff --no-wasm-lazy-compilation node_compile.mjs MODULE.wasm
import { readFileSync } from 'node:fs';

new WebAssembly.Module(readFileSync(process.argv[2]));

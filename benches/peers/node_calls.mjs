// What a call of a JavaScript function that does nothing costs a module:
//     node node_calls.mjs CALLS.wasm COUNT
// prints the nanoseconds of one round of the loop with the call.
import { readFileSync } from 'node:fs';

const [program, count] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(program));
const instance = new WebAssembly.Instance(module, {
  host: { nothing: (x) => x },
});
const { calls } = instance.exports;
// So that the optimising compiler has finished before the clock starts.
for (let i = 0; i < 20; i++) calls(1e5);
await new Promise((resolve) => setTimeout(resolve, 200));
const start = process.hrtime.bigint();
calls(Number(count));
const nanoseconds = Number(process.hrtime.bigint() - start);
console.log((nanoseconds / Number(count)).toFixed(3));

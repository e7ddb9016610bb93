/*
 * The smallest real program: greets its argument.
 *
 *     wasmjit examples/hello.wasm            prints  Hello, there!
 *     wasmjit examples/hello.wasm world      prints  Hello, world!
 *
 * hello.wasm beside this file was built with Emscripten 3.1.6 by
 *
 *     emcc -O2 hello.c -o hello.js
 *
 * which writes hello.js and hello.wasm. Only hello.wasm is kept: no JavaScript
 * is needed to run it.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    printf("Hello, %s!\n", argc > 1 ? argv[1] : "there");
    return 0;
}

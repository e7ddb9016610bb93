/* Built with
 * clang --target=wasm32 -g -O0 -fdebug-compilation-dir=. -nostdlib \
 *     -Wl,--no-entry -Wl,--export=twice -o dwarf.wasm dwarf.c
 */
int divide(int a, int b) {
    return a / b;
}

int twice(int a, int b) {
    int once = divide(a, b);
    return once + divide(once, b);
}

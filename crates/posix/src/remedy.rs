//! What to do about an import that is not provided.

use alloc::format;
use alloc::string::String;

/// For minified names.
pub(crate) const MINIFIED: &str = "put the .js that emcc wrote beside the .wasm, \
    or link with -O2 or -sSTANDALONE_WASM, which keep the names";

/// For globals.
pub(crate) const GLOBAL: &str = "it belongs to dynamically linked modules or to versions of \
    Emscripten before 1.39; link statically (without -sMAIN_MODULE) with a newer version";

/// Prefixes of functions that only a browser's page can provide.
const BROWSER: [&str; 14] = [
    "emscripten_gl",
    "gl",
    "egl",
    "SDL_",
    "al",
    "emscripten_webgl",
    "emscripten_webgpu",
    "wgpu",
    "emscripten_websocket",
    "emscripten_fetch",
    "emscripten_set_",
    "emscripten_request_",
    "emscripten_idb",
    "emscripten_wget",
];

/// Names after which a lower-case letter shows that it is an ordinary word.
fn is_browser(name: &str) -> bool {
    BROWSER.iter().any(|prefix| {
        let Some(rest) = name.strip_prefix(prefix) else {
            return false;
        };
        // `glClear`, but not `global`.
        prefix.len() > 3 || rest.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// Advice for an import that is not known.
pub(crate) fn remedy(module: &str, name: &str) -> String {
    if module.len() == 1 && name.len() <= 3 {
        return format!("the module's names are minified: {MINIFIED}");
    }
    if name.starts_with("emscripten_asm_const") || name.starts_with("emscripten_run_script") {
        return "it runs JavaScript (EM_ASM, EM_JS or emscripten_run_script), which this runtime \
                does without; build the program without that code"
            .into();
    }
    if name.starts_with("_emval_") || name.starts_with("_embind_") {
        return "it belongs to embind, which connects C++ to JavaScript; link without -lembind"
            .into();
    }
    if name.starts_with("__syscall") || name.starts_with("__sys_") || name.starts_with("___sys") {
        return "it is a system call that this version does not know; \
                please report it with the version of Emscripten"
            .into();
    }
    if matches!(
        name,
        "emscripten_set_main_loop" | "emscripten_set_main_loop_arg"
    ) {
        return "programs run from start to end here; build the loop into main".into();
    }
    if is_browser(name) {
        return "it is a function of web browsers; build the program without it".into();
    }
    if module == crate::era::WASI || module == "wasi_unstable" {
        return "it is not part of wasi_snapshot_preview1 as this version knows it; \
                build for wasm32-wasip1"
            .into();
    }
    if module.starts_with("GOT.") || name == "__memory_base" || name == "__table_base" {
        return GLOBAL.into();
    }
    if module == "env" {
        return format!(
            "link the library that defines {name}, or define it in the program \
             (it was linked with undefined symbols allowed)"
        );
    }
    format!("no module named {module} is known; only programs for Emscripten and WASI can be run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_name() {
        for (module, name, words) in [
            ("a", "b", "minified"),
            ("env", "emscripten_asm_const_int", "JavaScript"),
            ("env", "__syscall_frob", "report"),
            ("env", "glClear", "browsers"),
            ("env", "global_thing", "defines global_thing"),
            ("env", "foo", "link the library that defines foo"),
            ("wasi_unstable", "fd_write", "wasip1"),
            ("GOT.mem", "x", "statically"),
            ("other", "x", "no module named other"),
        ] {
            let advice = remedy(module, name);
            assert!(advice.contains(words), "{module}.{name}: {advice}");
        }
    }
}

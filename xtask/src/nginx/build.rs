//! nginx from Debian's source, with its own `configure` and `make`, once with
//! `wasmjit cc` and once with the native compiler.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{output, wasmjit};
use crate::emscripten::Release;
use crate::programs::jobs;
use crate::programs::key::{Key, cached, native_toolchain};
use crate::{apt, places};

/// Source packages and what their versions begin with: nginx, and the libraries that
/// its `configure` builds along with it.
const SOURCES: [(&str, &str); 3] = [
    ("nginx", "1.22.1"),
    ("pcre2", "10.42"),
    ("zlib", "1:1.2.13"),
];

/// Options of `configure`; those of the compiler are for musl's `CMSG_NXTHDR`, which
/// compares numbers of different signs.
const OPTIONS: [&str; 9] = [
    "--prefix=.",
    "--with-cc-opt=-O2 -Wno-sign-compare",
    "--with-pcre=../pcre2",
    "--with-zlib=../zlib",
    "--with-http_gunzip_module",
    "--with-http_gzip_static_module",
    "--with-http_realip_module",
    "--with-http_stub_status_module",
    "--with-http_sub_module",
];

/// What was built.
pub(crate) struct Programs {
    /// The module.
    pub(super) wasm: PathBuf,
    /// The native executable.
    pub(super) native: PathBuf,
}

/// Builds what the cache lacks.
pub(super) fn ensure() -> Result<Programs> {
    let home = places::cache_dir()?.join("nginx");
    fs::create_dir_all(&home)?;
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    let mut key = Key::default();
    let mut sources = Vec::new();
    for (package, version) in SOURCES {
        let source = apt::source(package, version)?;
        key.text(&source.version);
        sources.push((package, source.dir));
    }
    OPTIONS.iter().for_each(|option| key.text(option));
    let mut natively = key.clone();
    natively.text(native_toolchain()?);
    key.text(Release::Wasmjit.version()?);

    let own = wasmjit()?.display();
    let tools = [
        ("CC", format!("{own} cc")),
        ("AR", format!("{own} ar")),
        ("RANLIB", format!("{own} ranlib")),
    ];
    let plain = [("CC", "cc".to_owned())];
    Ok(Programs {
        wasm: build(&home, "wasm", &key.finish(), &sources, &tools)?,
        native: build(&home, "native", &natively.finish(), &sources, &plain)?,
    })
}

/// Builds it unless that was done; the program.
fn build(
    home: &Path,
    name: &str,
    key: &str,
    sources: &[(&str, PathBuf)],
    tools: &[(&str, String)],
) -> Result<PathBuf> {
    let dir = home.join(name);
    cached(&dir, key, |work| {
        println!("building nginx ({name}): some minutes");
        let trees = work.join("trees");
        make(&trees, sources, tools)?;
        fs::copy(trees.join("nginx/objs/nginx"), work.join("nginx"))?;
        Ok(fs::remove_dir_all(&trees)?)
    })?;
    Ok(dir.join("nginx"))
}

/// Builds in a copy of the sources, which goes to a new folder.
fn make(trees: &Path, sources: &[(&str, PathBuf)], tools: &[(&str, String)]) -> Result<()> {
    fs::create_dir_all(trees)?;
    for (package, dir) in sources {
        let copy = trees.join(package);
        output(Command::new("cp").arg("-a").arg(dir).arg(copy))?;
    }
    let tree = trees.join("nginx");
    let (_, compiler) = &tools[0];
    let environment = || tools.iter().filter(|(name, _)| *name != "CC").cloned();
    output(
        Command::new("./configure")
            .args(OPTIONS)
            .arg(format!("--with-cc={compiler}"))
            .envs(environment())
            .current_dir(&tree),
    )?;
    let config = fs::read_to_string(tree.join("objs/ngx_auto_config.h"))
        .context("configure has left no configuration")?;
    for needed in [
        "NGX_HAVE_EPOLL",
        "NGX_HAVE_SENDFILE",
        "NGX_PCRE2",
        "NGX_ZLIB",
    ] {
        if !config.contains(&format!("#define {needed}  1")) {
            bail!("configure has not found {needed}");
        }
    }
    output(
        Command::new("make")
            .arg(format!("-j{}", jobs(None)))
            .envs(environment())
            .current_dir(&tree),
    )?;
    Ok(())
}

//! The table as pages in Markdown: the part of the documentation that the code
//! itself knows.

use super::constants::{ALL_CHOICES, ALL_FLAGS};
use super::meaning::{Meaning, Struct};
use super::{Row, Support, rows, structs};
use crate::era::{NEW_EXPORTS, NEW_IMPORTS, OLD_IMPORTS};
use crate::errno::Errno;
use crate::handler::{Convention, Kind, Variant};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The whole documentation of the interface: `chapters`, with what tells versions
/// in the place of `@EVIDENCE@`, and then calls, structures, flags, numbers,
/// errors as the code has them.
pub fn documentation(chapters: &str) -> String {
    let mut page = String::from(
        "<!-- Written by `cargo xtask docs` from crates/posix/interface.md and the table in \
         crates/posix/src/table; edit those. -->\n\n",
    );
    page.push_str(&chapters.replace("@EVIDENCE@", &evidence()));
    calls(&mut page);
    structures(&mut page);
    constants(&mut page);
    errors(&mut page);
    page
}

/// Names from which versions are told.
fn evidence() -> String {
    let list = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    format!(
        "Imports that mean a `time_t` of 32 bits: {}.\n\nImports that mean one of 64 bits: \
         {}.\n\nExports that mean one of 64 bits: {}.",
        list(OLD_IMPORTS),
        list(NEW_IMPORTS),
        list(NEW_EXPORTS)
    )
}

/// A signature in the letters of Emscripten's documentation: result, then
/// parameters.
fn letters(variant: &Variant) -> String {
    let letter = |kind: &Kind| match kind {
        Kind::I32 => 'i',
        Kind::I64 => 'j',
        Kind::F32 => 'f',
        Kind::F64 => 'd',
        Kind::Word => 'p',
    };
    let mut text = String::new();
    text.push(variant.result.as_ref().map_or('v', letter));
    text.push('(');
    text.extend(variant.params.iter().map(letter));
    text.push(')');
    text
}

/// A parameter's name; those that are words of the language have an underscore.
fn name(name: &str) -> &str {
    name.trim_end_matches('_')
}

/// A call as it would be declared.
fn declaration(row: &Row, variant: &Variant) -> String {
    let parameters: Vec<String> = variant
        .parameters
        .iter()
        .map(|parameter| format!("{}: {}", name(parameter.name), parameter.meaning))
        .collect();
    let result = match (variant.convention, variant.result) {
        _ if matches!(row.result, Meaning::Never) => "never".into(),
        (Convention::Wasi, _) => "errno".into(),
        (_, None) => "nothing".into(),
        (_, Some(_)) => format!("{}", row.result),
    };
    format!("{}({}) -> {result}", row.name, parameters.join(", "))
}

fn calls(page: &mut String) {
    page.push_str("## Calls\n");
    let mut groups: Vec<&str> = Vec::new();
    for row in rows() {
        if !groups.contains(&row.group) {
            groups.push(row.group);
        }
    }
    for group in groups {
        // Writing to a string does not fail.
        let _ = write!(page, "\n### {group}\n");
        for row in rows().filter(|row| row.group == group) {
            call(page, row);
        }
    }
}

fn call(page: &mut String, row: &Row) {
    let module = match row.module {
        "env" => "env",
        _ => "WASI",
    };
    let _ = write!(page, "\n#### `{}`\n\n```text\n", row.name);
    for variant in row.variants {
        let _ = writeln!(page, "{}", declaration(row, variant));
    }
    let signatures: Vec<String> = row
        .variants
        .iter()
        .map(|variant| format!("`{}`", letters(variant)))
        .collect();
    let convention = row.variants.first().map(|variant| variant.convention);
    let errors = match convention {
        Some(Convention::Kernel) => "-errno",
        Some(Convention::Wasi) => "errno",
        Some(Convention::Libc) => "-1 and `errno`",
        Some(Convention::Plain) | None => "none",
    };
    let _ = write!(
        page,
        "```\n\n{}\n\nModule {module}; type {}; errors {errors}; support {}",
        row.doc,
        signatures.join(" or "),
        row.support
    );
    match (row.note, row.support) {
        ("", Support::Stub) => page.push_str(": it links, and answers as said.\n"),
        ("", _) => page.push_str(".\n"),
        (note, _) => {
            let _ = writeln!(page, ": {}", lower_first(note));
        }
    }
}

/// A sentence as it goes on after a colon.
fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    let word = text.split([' ', '.', ',']).next().unwrap_or("");
    match first {
        // Not names, as EAGAIN.
        Some(first) if !word.chars().skip(1).any(char::is_uppercase) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.into(),
    }
}

fn structures(page: &mut String) {
    page.push_str(
        "\n## Structures\n\nOffset, bytes, field. What lies between fields is padding, which the \
         host ignores and writes as zero.\nNumbers are little-endian. A `word` is a pointer's \
         width; offsets are those of 32-bit pointers.\n",
    );
    for structure in structs::ALL {
        let _ = write!(page, "\n### `{}`\n\n{}\n", structure.name, structure.doc);
        layouts(page, structure);
    }
}

fn layouts(page: &mut String, structure: &Struct) {
    for layout in structure.layouts {
        let _ = write!(
            page,
            "\n{} bytes, {}:\n\n| offset | bytes | field | contents |\n|---|---|---|---|\n",
            layout.size, layout.when
        );
        for field in layout.fields {
            let size = field.item.size(layout.when) * u32::from(field.count);
            let count = match field.count {
                1 => String::new(),
                count => format!("{count} × "),
            };
            let _ = writeln!(
                page,
                "| {} | {size} | `{}` | {count}{} |",
                field.offset, field.name, field.item
            );
        }
    }
}

fn constants(page: &mut String) {
    page.push_str("\n## Flags\n");
    for flags in ALL_FLAGS {
        let _ = write!(page, "\n### {}\n\n", flags.name);
        if let Some((mask, names)) = flags.choice {
            let names: Vec<String> = names
                .iter()
                .map(|(value, name)| format!("`{name}` {value}"))
                .collect();
            let _ = writeln!(
                page,
                "One under the mask {mask:#x}: {}.\n",
                names.join(", ")
            );
        }
        let bits: Vec<String> = flags
            .bits
            .iter()
            .map(|(bit, name)| format!("`{name}` {bit:#x}"))
            .collect();
        let _ = writeln!(page, "{}.", bits.join(", "));
    }
    page.push_str("\n## Numbers with names\n");
    for choice in ALL_CHOICES {
        let values: Vec<String> = choice
            .values
            .iter()
            .map(|(value, name)| match value {
                -9999..=9999 => format!("`{name}` {value}"),
                _ => format!("`{name}` {value:#x}"),
            })
            .collect();
        let _ = write!(page, "\n### {}\n\n{}.\n", choice.name, values.join(", "));
    }
}

fn errors(page: &mut String) {
    page.push_str(
        "\n## Error numbers\n\n| name | Emscripten | WASI | meaning |\n|---|---|---|---|\n",
    );
    for errno in Errno::ALL {
        let _ = writeln!(
            page,
            "| `{errno}` | {} | {} | {} |",
            errno.emscripten(),
            errno.wasi(),
            errno.text()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::lookup;

    #[test]
    fn page_has_every_row() {
        let page = documentation("# Title\n@EVIDENCE@\n");
        assert!(page.contains("`__main_argc_argv`"));
        for row in rows() {
            assert!(page.contains(&format!("#### `{}`\n", row.name)));
        }
    }

    #[test]
    fn declarations() {
        let row = lookup("wasi_snapshot_preview1", "fd_seek").unwrap();
        assert_eq!(letters(&row.variants[0]), "i(ijip)");
        assert_eq!(
            declaration(row, &row.variants[0]),
            "fd_seek(fd: descriptor, offset: int, whence: whence, newoffset: out unsigned of 64 \
             bits) -> errno"
        );
        assert_eq!(lower_first("Without aliases."), "without aliases.");
        assert_eq!(lower_first("EAGAIN: none."), "EAGAIN: none.");
    }
}

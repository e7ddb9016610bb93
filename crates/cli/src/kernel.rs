//! `wasmjit kernel`

mod module;
mod reason;

use crate::args::KernelCommand;
use crate::failure::{FAILURE, Failure, SUCCESS, Status};
use crate::output;
use crate::units::Size;
use wasmjit_device::{Device, DeviceError, abi::Info};

/// Tells about the kernel module, or brings it into the kernel.
pub(crate) fn run(command: &KernelCommand) -> Result<Status, Failure> {
    match command {
        KernelCommand::Status { json } => status(*json),
        KernelCommand::Build { options, output } => module::build(options, output),
        KernelCommand::Install { options } => module::install(options),
        KernelCommand::Load { file } => module::load(file.as_deref()),
        KernelCommand::Unload => module::unload(),
    }
}

fn status(json: bool) -> Result<Status, Failure> {
    match Device::open().and_then(|device| device.info()) {
        Ok(info) => usable(&info, json).map(|()| SUCCESS),
        Err(error) => unusable(&error, json).map(|()| FAILURE),
    }
}

fn usable(info: &Info, json: bool) -> Result<(), Failure> {
    // One of them is this command's own.
    let contexts = info.contexts.saturating_sub(1);
    if json {
        return output::line(serde_json::json!({
            "usable": true,
            "version": info.version,
            "contexts": contexts,
            "code_bytes": info.code_bytes,
            "code_used": info.code_used,
            "runs": info.runs,
            "faults": info.faults,
            "traps": info.traps,
            "heap_bytes": info.heap_bytes,
            "cache_entries": info.cache_entries,
            "cache_bytes": info.cache_bytes,
        }));
    }
    output::line(format_args!(
        "programs can run in the kernel: --engine kernel"
    ))?;
    output::line(format_args!("interface  version {}", info.version))?;
    output::line(format_args!("programs   {contexts}"))?;
    output::line(format_args!(
        "code       {} of {}",
        Size(info.code_used),
        Size(info.code_bytes)
    ))?;
    output::line(format_args!(
        "kept       {} modules, {}",
        info.cache_entries,
        Size(info.cache_bytes)
    ))?;
    output::line(format_args!("entries    {}", info.runs))?;
    output::line(format_args!(
        "faults     {} resolved, {} traps",
        info.faults, info.traps
    ))
}

fn unusable(error: &DeviceError, json: bool) -> Result<(), Failure> {
    let hint = reason::not_loaded();
    if json {
        return output::line(serde_json::json!({
            "usable": false,
            "reason": error.to_string(),
            "not_loaded": hint,
        }));
    }
    output::line(format_args!("programs cannot run in the kernel: {error}"))?;
    hint.map_or(Ok(()), output::line)
}

//! What the processor offers, by the names of Cranelift's settings.

macro_rules! detect {
    ($detected:ident: $($setting:literal = $($feature:tt)&&+;)*) => {{
        let mut found = Vec::new();
        $(
            if true $(&& std::arch::$detected!($feature))+ {
                found.push($setting);
            }
        )*
        found
    }};
}

/// Settings of Cranelift's code generator for this machine that can be enabled
/// on this processor.
#[cfg(target_arch = "x86_64")]
pub fn cpu_features() -> Vec<&'static str> {
    detect! { is_x86_feature_detected:
        "has_sse3" = "sse3";
        "has_ssse3" = "ssse3";
        "has_sse41" = "sse4.1";
        "has_sse42" = "sse4.2";
        "has_cmpxchg16b" = "cmpxchg16b";
        "has_popcnt" = "popcnt";
        "has_avx" = "avx";
        "has_avx2" = "avx2";
        "has_fma" = "fma";
        "has_bmi1" = "bmi1";
        "has_bmi2" = "bmi2";
        "has_lzcnt" = "lzcnt";
        "has_avx512bitalg" = "avx512bitalg";
        "has_avx512dq" = "avx512dq";
        "has_avx512vl" = "avx512vl";
        "has_avx512f" = "avx512f";
        "has_avx512vbmi" = "avx512vbmi";
    }
}

/// Settings of Cranelift's code generator for this machine that can be enabled
/// on this processor.
#[cfg(target_arch = "aarch64")]
pub fn cpu_features() -> Vec<&'static str> {
    detect! { is_aarch64_feature_detected:
        "has_lse" = "lse";
        "has_fp16" = "fp16";
        "has_dotprod" = "dotprod";
        "has_pauth" = "paca" && "pacg";
    }
}

/// Settings of Cranelift's code generator for this machine that can be enabled
/// on this processor.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}

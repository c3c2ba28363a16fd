//! Writes `include/oss_resumable.h` from the Rust source. In a checkout the header is rewritten when it
//! differs; with `CI` set it is only compared; in a packaged crate it is left alone.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=src/ffi");
    println!("cargo::rerun-if-changed=include");
    println!("cargo::rerun-if-env-changed=CI");
    link_arguments();
    header();
}

/// The library must stay mapped once it is loaded: its threads outlive a `dlclose`.
fn link_arguments() {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,now");
    }
}

fn header() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let root = Path::new(&root);
    let mut config = cbindgen::Config::from_file(root.join("include/cbindgen.toml"))
        .expect("include/cbindgen.toml is readable");
    config.header = Some(manual());
    config.after_includes = Some(versions());
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/ffi/types.rs"))
        .with_src(root.join("src/ffi/client.rs"))
        .with_src(root.join("src/ffi/credentials.rs"))
        .with_src(root.join("src/ffi/upload.rs"))
        .with_src(root.join("src/ffi/leftovers.rs"))
        .with_src(root.join("src/ffi/result.rs"))
        .generate()
        .expect("src/ffi can be turned into a header");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).expect("the source is UTF-8");
    let generated = polish(&generated);
    let path = root.join("include/oss_resumable.h");
    if fs::read_to_string(&path).is_ok_and(|current| current == generated) {
        return;
    }
    assert!(
        env::var_os("CI").is_none(),
        "include/oss_resumable.h is out of date: build once without CI set, and commit it"
    );
    if root.join(".git").exists() {
        fs::write(&path, generated).expect("include/ is writable");
    }
}

/// Rust's safety notes say to C what the rest of the comment says already.
fn polish(header: &str) -> String {
    let mut polished = String::new();
    let mut skipping = false;
    for line in header.lines() {
        if line.trim() == "* # Safety" {
            skipping = true;
            // The empty comment line before it goes as well.
            let kept = polished.trim_end().trim_end_matches('*').trim_end().len();
            polished.truncate(kept);
            polished.push('\n');
        }
        if skipping && line.trim() == "*/" {
            skipping = false;
        }
        if !skipping {
            // A negative macro needs its parentheses.
            let line = line.replace("OSS_RESUMABLE_AUTO -1", "OSS_RESUMABLE_AUTO (-1)");
            polished.push_str(line.trim_end());
            polished.push('\n');
        }
    }
    // Inside the guard, so that the header can be included twice.
    let guard = polished
        .rfind("#endif  /* OSS_RESUMABLE_H */")
        .expect("the end of the include guard");
    polished.insert_str(guard, &format!("{}\n\n", TRAILER.trim()));
    hide_upload_file(&polished)
}

/// The official C SDK declares a function of this name, so ours can be left out.
fn hide_upload_file(header: &str) -> String {
    let start = header
        .find("/**\n * Uploads a file and waits for the end.")
        .expect("oss_resumable_upload_file is declared");
    let length = header[start..].find(");\n").expect("its end") + 3;
    let (before, rest) = header.split_at(start);
    let (declaration, after) = rest.split_at(length);
    format!("{before}#ifndef OSS_RESUMABLE_NO_UPLOAD_FILE\n{declaration}#endif\n{after}")
}

fn versions() -> String {
    let part = |name: &str| -> u32 {
        env::var(format!("CARGO_PKG_VERSION_{name}"))
            .expect("set by cargo")
            .parse()
            .expect("a number")
    };
    let (major, minor, patch) = (part("MAJOR"), part("MINOR"), part("PATCH"));
    format!(
        "\n/** The version of this header; compare with oss_resumable_version_number(). */\n\
         #define OSS_RESUMABLE_VERSION_MAJOR {major}\n\
         #define OSS_RESUMABLE_VERSION_MINOR {minor}\n\
         #define OSS_RESUMABLE_VERSION_PATCH {patch}\n\
         /** MAJOR * 10000 + MINOR * 100 + PATCH */\n\
         #define OSS_RESUMABLE_VERSION_NUMBER {}\n",
        major * 10_000 + minor * 100 + patch
    )
}

fn manual() -> String {
    MANUAL.trim().to_owned()
}

const MANUAL: &str = r#"
/**
 * oss-resumable: resumable multipart upload to Alibaba Cloud OSS.
 *
 * Rules that hold for every function:
 *
 * 1. Ownership. Every handle (client, upload, result, list) that you get through an ..._out is yours:
 *    free it once with the _free of the same name; _free(NULL) does nothing; the order does not
 *    matter. A const char * that you receive belongs to the object you asked. What you pass is copied
 *    before the call returns.
 * 2. Errors. The return value is the code. Details are in a result object, never in a global and
 *    never per thread. Outputs that are pointers are always written: NULL if there is nothing.
 * 3. Zero means default. Structs may be all zero but for struct_size, which the _INIT macros set.
 * 4. Callbacks run on your thread, the one inside upload_file(), upload_wait() or another blocking
 *    call, one at a time. Nothing is called after that function has returned.
 * 5. Threads. Clients, uploads and results may be used from any thread. Two threads must not wait
 *    for one upload at once. cancel() and progress() may be called by anyone at any time.
 * 6. Cancel keeps what was done if a checkpoint is enabled; without one it leaves nothing on the
 *    server. discard() throws the rest away.
 * 7. Text is UTF-8 with a NUL, paths too (on Unix a path may hold any bytes but NUL).
 * 8. Nothing unwinds out of the library. No signal handler, atexit hook, environment variable or
 *    other global of the process is changed, but that descriptors 0 to 2, where the host has closed
 *    them, are opened on /dev/null; the library stays loaded once it is.
 * 9. After fork() a client works in the child for new uploads; an upload of the parent answers
 *    OSS_RESUMABLE_E_STATE there. A checkpoint's lock is held until parent and child let go of it.
 * 10. Within a major version (before 1.0.0: a minor one) structs only grow at the end, and codes and
 *    functions are only added.
 */
"#;

const TRAILER: &str = r#"
/* A zeroed struct with its size set, in C99 and later and in C++11 and later, without warnings. */
#ifdef __cplusplus
extern "C++" {
template <class T> inline T oss_resumable_init_() {
  T value = T();
  value.struct_size = static_cast<uint32_t>(sizeof(T));
  return value;
}
}
#define OSS_RESUMABLE_CONFIG_INIT oss_resumable_init_<oss_resumable_config_t>()
#define OSS_RESUMABLE_PARAMS_INIT oss_resumable_init_<oss_resumable_params_t>()
#define OSS_RESUMABLE_CREDENTIALS_INIT oss_resumable_init_<oss_resumable_credentials_t>()
#define OSS_RESUMABLE_SOURCE_INIT oss_resumable_init_<oss_resumable_source_t>()
#define OSS_RESUMABLE_CALLBACK_INIT oss_resumable_init_<oss_resumable_callback_t>()
#define OSS_RESUMABLE_PROGRESS_INIT oss_resumable_init_<oss_resumable_progress_t>()
#else
#define OSS_RESUMABLE_CONFIG_INIT { .struct_size = sizeof(oss_resumable_config_t) }
#define OSS_RESUMABLE_PARAMS_INIT { .struct_size = sizeof(oss_resumable_params_t) }
#define OSS_RESUMABLE_CREDENTIALS_INIT { .struct_size = sizeof(oss_resumable_credentials_t) }
#define OSS_RESUMABLE_SOURCE_INIT { .struct_size = sizeof(oss_resumable_source_t) }
#define OSS_RESUMABLE_CALLBACK_INIT { .struct_size = sizeof(oss_resumable_callback_t) }
#define OSS_RESUMABLE_PROGRESS_INIT { .struct_size = sizeof(oss_resumable_progress_t) }
#endif
"#;

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oss_resumable_fuzz::oracles::plan::check(data));

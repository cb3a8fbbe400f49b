#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| capi::fuzzing::download_headers(data));

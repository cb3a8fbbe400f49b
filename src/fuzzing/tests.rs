//! Every target on its corpus, and on many inputs that are close to it.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::{TARGETS, Target};

/// Changed inputs per target. `make fuzz` tries as many as time allows.
const CHANGED_INPUTS: usize = 400;
const MAX_CHANGES: usize = 4;
const MAX_INPUT_BYTES: usize = 16 * 1024;

fn fuzz_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The inputs of a target by file name, in order.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = fuzz_directory().join("corpus").join(target);
    let files = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let file = file.unwrap();
            (file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

/// Names the input of a failure, as the panic cannot.
fn run(name: &str, target: Target, origin: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        panic!("{name} fails on {origin}: {}", input.escape_ascii());
    }
}

#[test]
fn no_input_of_the_corpus_breaks_a_parser() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for (file, input) in inputs {
            run(name, target, &file, &input);
        }
    }
}

#[test]
fn no_input_close_to_the_corpus_breaks_a_parser() {
    for (name, target) in TARGETS {
        let inputs: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, input)| input).collect();
        let mut chance = StdRng::seed_from_u64(15);
        for number in 0..CHANGED_INPUTS {
            run(name, target, &format!("changed input {number}"), &changed(&inputs, &mut chance));
        }
    }
}

#[test]
fn every_target_has_a_binary_and_a_corpus_and_there_are_no_others() {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = fs::read_dir(fuzz_directory().join(folder)).unwrap();
        let names =
            files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
        names.collect()
    };
    let expected: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), expected);
    assert_eq!(names("corpus"), expected);
    let manifest = fs::read_to_string(fuzz_directory().join("Cargo.toml")).unwrap();
    for name in expected {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name} is not in fuzz/Cargo.toml");
    }
}

/// An input of the corpus with a few changes of the kinds that fuzzers make.
fn changed(inputs: &[Vec<u8>], chance: &mut StdRng) -> Vec<u8> {
    let mut input = inputs.choose(chance).cloned().unwrap_or_default();
    for _ in 0..chance.gen_range(1..=MAX_CHANGES) {
        let at = chance.gen_range(0..=input.len());
        let end = chance.gen_range(at..=input.len());
        match chance.gen_range(0..7) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..end)),
            2 => input.insert(at, chance.r#gen()),
            3 => input.splice(at..at, interesting(chance).iter().copied()).for_each(drop),
            4 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece).for_each(drop);
            }
            5 => {
                let other = inputs.choose(chance).cloned().unwrap_or_default();
                input.splice(at..end, other).for_each(drop);
            }
            _ if at < input.len() => input[at] ^= 1 << chance.gen_range(0..8),
            _ => {}
        }
        input.truncate(MAX_INPUT_BYTES);
    }
    input
}

/// What parsers commonly treat in a special way.
fn interesting(chance: &mut StdRng) -> &'static [u8] {
    const PIECES: [&[u8]; 16] = [
        b"\0",
        b"\r\n",
        b"\n",
        b"\"",
        b"=",
        b"-",
        b"+1",
        b"0x",
        b"%00",
        b"..",
        b"18446744073709551615",
        b"18446744073709551616",
        b"\xff\xfe",
        b"{}",
        b"[[[[[[[[",
        "天\u{202e}".as_bytes(),
    ];
    PIECES[chance.gen_range(0..PIECES.len())]
}

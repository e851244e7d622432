//! Fuzzing without a fuzzer: a fixed number of changes to real files, the same on every machine.
#![allow(clippy::unwrap_used)]

mod common;

use common::{golden_files, record, scalar_event};
use goodfit_core::cache::{MAGIC, VERSION};
use goodfit_core::mutation::{
    assert_cut_reads_like_the_whole, assert_repair_is_clean, look_at_cache, read_every_value,
};

use goodfit_core::packing::read_body;

/// Numerical Recipes' generator: enough to scatter changes, and always the same.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Lcg) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let n = random.below(40).min(bytes.len() - at);
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
            2 => drop(bytes.drain(at..at + n)),
            3 => drop(bytes.splice(at..at, vec![0; n])),
            4 => drop(bytes.splice(at..at, record(&scalar_event(3, "new", 1.0)))),
            _ => bytes.truncate(at + 1),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

fn small_files() -> Vec<Vec<u8>> {
    golden_files()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .filter(|bytes| bytes.len() < 4000)
        .collect()
}

#[test]
fn changed_files_are_read_in_pieces_and_repaired() {
    let mut random = Lcg(1);
    let files = small_files();
    for round in 0..4000 {
        let mut bytes = files[round % files.len()].clone();
        mutate(&mut bytes, &mut random);
        let cut = random.below(bytes.len() + 1);
        assert_cut_reads_like_the_whole(&bytes, cut);
        assert_repair_is_clean(&bytes);
    }
}

/// The payload is changed and its checksum made right again, so that the damage reaches the parser.
#[test]
fn changed_payloads_are_parsed() {
    let mut random = Lcg(2);
    let mut payloads = Vec::new();
    for (_, bytes) in golden_files() {
        let mut at = 0;
        while at + 12 < bytes.len() {
            let n = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
            if n < 3000 {
                payloads.push(bytes[at + 12..at + 12 + n].to_vec());
            }
            at += n + 16;
        }
    }
    assert!(payloads.len() > 200);
    for round in 0..12_000 {
        let mut payload = payloads[round % payloads.len()].clone();
        mutate(&mut payload, &mut random);
        read_every_value(&payload);
    }
}

/// The body of a cache of the golden files, as it is without its checksums.
fn cache_body() -> Vec<u8> {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let rules = goodfit_core::folders::Rules {
        part: "tfevents".to_owned(),
        not_suffix: ".profile-empty".to_owned(),
    };
    let engine = goodfit_core::engine::Engine::new(root, rules);
    engine.refresh(1, None, true);
    let path = std::env::temp_dir().join(format!("goodfit-mutation-{}", std::process::id()));
    engine.save_cache(&path).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let size = file.metadata().unwrap().len();
    let body = read_body(&file, size, MAGIC, VERSION, 2);
    std::fs::remove_file(&path).unwrap();
    body.unwrap().unwrap()
}

#[test]
fn changed_caches_are_refused_or_looked_at() {
    let mut random = Lcg(3);
    let sound = cache_body();
    look_at_cache(&sound);
    for _ in 0..3000 {
        let mut bytes = sound.clone();
        mutate(&mut bytes, &mut random);
        look_at_cache(&bytes);
    }
}

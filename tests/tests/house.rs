//! Is the house as its plan says? Arrows between crates, fences around third-party crates, the first lines of files,
//! limits, links. It must never know what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The whole map: who may name whom in production code. `README.md` draws it.
const ARROWS: &[(&str, &[&str])] = &[
    ("liaison-keys", &[]),
    ("liaison-journal", &[]),
    ("liaison-proto", &["liaison-keys"]),
    ("liaison-link", &["liaison-proto"]),
    ("liaison-relay", &["liaison-keys", "liaison-proto", "liaison-link", "liaison-journal"]),
    ("liaison-client", &["liaison-keys", "liaison-proto", "liaison-link", "liaison-journal"]),
    ("liaison", &["liaison-client", "liaison-proto", "liaison-keys"]),
];
/// These may name all, and nobody below names them.
const ROOF: &[&str] = &["liaison-demo", "liaison-tests"];

/// Third-party crates with one home each: crate name in code, and where it may be named.
const FENCES: &[(&str, &[&str])] = &[
    ("ed25519_dalek", &["keys/src/"]),
    ("x25519_dalek", &["keys/src/"]),
    ("chacha20poly1305", &["keys/src/"]),
    ("hpke", &["keys/src/"]),
    ("ml_kem", &["keys/src/"]),
    ("quinn", &["link/src/"]),
    ("rustls", &["link/src/"]),
    ("tokio_rustls", &["link/src/"]),
    ("sled", &["relay/src/view.rs"]),
];

/// Named packages that production code must use.
const NAMED: &[&str] =
    &["rustls", "tokio", "quinn", "ed25519_dalek", "x25519_dalek", "chacha20poly1305", "sled", "serde"];

#[test]
fn arrows_between_crates_are_those_of_the_plan() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let plan: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, to)| (*name, to.iter().copied().collect())).collect();
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        seen.insert(package.name.to_string());
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let on_roof =
                ROOF.contains(&dependency.name.as_str()) && package.name.as_str() != "liaison-tests";
            assert!(!on_roof, "{} names {}", package.name, dependency.name);
            let Some(allowed) = plan.get(package.name.as_str()) else { continue };
            let production = dependency.kind == DependencyKind::Normal;
            let planned = allowed.contains(dependency.name.as_str());
            assert!(planned || !production, "{} must not name {}", package.name, dependency.name);
        }
    }
    let planned: BTreeSet<String> =
        ARROWS.iter().map(|(name, _)| *name).chain(ROOF.iter().copied()).map(str::to_owned).collect();
    assert_eq!(seen, planned);
}

#[test]
fn no_feature_of_ours_bends_the_plan() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    for package in &metadata.packages {
        assert!(package.features.is_empty(), "{} has features", package.name);
    }
}

#[test]
fn third_party_crates_stay_behind_their_fences() {
    for (path, text) in production_files() {
        for (name, homes) in FENCES {
            let at_home = homes.iter().any(|home| path.starts_with(home));
            assert!(at_home || !names(&text, name), "{path} names {name}");
        }
    }
}

#[test]
fn named_packages_are_used_by_production_code() {
    let files = production_files();
    for package in NAMED {
        assert!(files.iter().any(|(_, text)| names(text, package)), "nobody uses {package}");
    }
}

#[test]
fn every_file_asks_its_question_and_says_what_it_must_never_know() {
    for (path, text) in production_files().into_iter().filter(|(path, _)| !path.ends_with("/tests.rs")) {
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let head = head.join(" ");
        assert!(head.contains('?'), "{path} asks nothing in its first lines");
        assert!(head.to_lowercase().contains("never know"), "{path} does not say what it must never know");
    }
}

#[test]
fn every_limit_is_used_by_somebody() {
    let limits = fs::read_to_string(root().join("proto/src/limits.rs")).unwrap();
    let others: Vec<String> = rust_files()
        .into_iter()
        .filter(|(path, _)| !path.ends_with("limits.rs"))
        .map(|(_, text)| text)
        .collect();
    for line in limits.lines().filter_map(|line| line.strip_prefix("pub const ")) {
        let name = line.split(':').next().unwrap();
        assert!(others.iter().any(|text| text.contains(name)), "nobody applies {name}");
    }
}

#[test]
fn no_file_grows_into_an_attic() {
    for (path, text) in production_files() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines().count();
        assert!(code <= 600, "{path} has {code} lines before its tests: split it by concept");
    }
}

#[test]
fn links_in_documents_lead_somewhere() {
    for path in files_with_ending("md") {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            let elsewhere = target.contains("://") || file.is_empty() || file.contains(' ');
            let here = root().join(Path::new(&path).parent().unwrap()).join(file);
            assert!(elsewhere || here.exists(), "{path} links to {target}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A crate is named where its name stands as a path's beginning: `sled::`, or `use sled`.
fn names(text: &str, krate: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let path = format!("{krate}::");
    let boundary = |before: Option<char>| before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
    code.into_iter()
        .any(|line| line.match_indices(&path).any(|(at, _)| boundary(line[..at].chars().next_back())))
}

/// Rust files of production crates, tests at their bottoms left out of nothing: fences hold there too.
fn production_files() -> Vec<(String, String)> {
    let roof = |path: &str| path.starts_with("tests/") || path.starts_with("demo/");
    rust_files().into_iter().filter(|(path, _)| path.contains("/src/") && !roof(path)).collect()
}

fn rust_files() -> Vec<(String, String)> {
    let read = |path: String| (path.clone(), fs::read_to_string(root().join(&path)).unwrap());
    files_with_ending("rs").into_iter().map(read).collect()
}

fn files_with_ending(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(&format!(".{ending}")) {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

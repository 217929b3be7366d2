//! Is the list of kinds and fields that people read the one that the program has? It must never know a kind by name.

use std::fs;
use std::path::{Path, PathBuf};

use liaison_proto::template;

#[test]
fn the_templates_are_documented_as_they_are() {
    let written = fs::read_to_string(file()).unwrap_or_default();
    assert!(
        written == documentation(),
        "make docs/templates.md anew: cargo test -p liaison-proto -- --ignored write_templates"
    );
}

#[test]
#[ignore = "writes docs/templates.md"]
fn write_templates() {
    fs::write(file(), documentation()).unwrap();
}

fn documentation() -> String {
    let head = "# Templates\n\nMade from the tables in `proto/src/template`, from which encoding, forms and printed messages come too. Only a kind, an\naddressee and one text are ever required.\n";
    template::ALL
        .iter()
        .fold(head.to_owned(), |text, template| format!("{text}\n{}", template.documentation()))
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/templates.md")
}

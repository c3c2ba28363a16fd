//! What has to hold for any input: one function for each target, which panics where it does not.
//! The fuzzer runs them on what it makes up, `tests/fuzz_corpus.rs` on what is kept of that.

pub mod addresses;
pub mod allocation;
pub mod c_arguments;
pub mod c_calls;
pub mod checkpoint;
pub mod dates;
pub mod document;
pub mod input;
pub mod plan;
pub mod replies;
pub mod requests;
pub mod simulation;
pub mod xml;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 13] = [
    ("addresses", addresses::check),
    ("c_calls", c_calls::check),
    ("checkpoint", checkpoint::check),
    ("dates", dates::check),
    ("headers", requests::headers),
    ("keys", requests::keys),
    ("plan", plan::check),
    ("replies", replies::check),
    ("simulation", simulation::check),
    ("xml_complete", xml::complete),
    ("xml_initiate", xml::initiate),
    ("xml_list_parts", xml::list_parts),
    ("xml_list_uploads", xml::list_uploads),
];

//! One run of the table → lists of what is known of its series.

use std::sync::Arc;

use goodfit_core::table::{Run, Series};
use goodfit_core::types::Metadata;
use pyo3::prelude::*;

/// What is known of the series of one run: lists of the same length, in no order.
#[pyclass(frozen, get_all, module = "goodfit._core")]
#[derive(Default)]
pub struct RunCatalog {
    tags: Vec<u32>,
    kinds: Vec<&'static str>,
    n_points: Vec<u64>,
    first_steps: Vec<i64>,
    last_steps: Vec<i64>,
    last_wall_times: Vec<f64>,
    /// Into `words`; -1 where no value had metadata.
    word_numbers: Vec<i64>,
    /// (plugin, display name, description)
    words: Vec<(String, String, String)>,
}

impl RunCatalog {
    /// Of the series that got points at `since` (a revision) or later.
    pub fn of(run: &Run, since: u64) -> Self {
        let all = run.series.iter();
        let series: Vec<&Series> = all.filter(|one| one.revision >= since).collect();
        // Most series of a run share one object.
        let mut words: Vec<(*const Metadata, (String, String, String))> = Vec::new();
        let mut number_of = |metadata: &Arc<Metadata>| {
            let pointer = Arc::as_ptr(metadata);
            let known = words.iter().rposition(|(other, _)| *other == pointer);
            known.unwrap_or_else(|| {
                words.push((pointer, words_of(metadata)));
                words.len() - 1
            }) as i64
        };
        let word_numbers = series
            .iter()
            .map(|one| one.metadata.as_ref().map_or(-1, &mut number_of))
            .collect();
        Self {
            tags: series.iter().map(|one| one.tag).collect(),
            kinds: series.iter().map(|one| one.kind.name()).collect(),
            n_points: series.iter().map(|one| one.n_points).collect(),
            first_steps: series.iter().map(|one| one.first_step).collect(),
            last_steps: series.iter().map(|one| one.last_step).collect(),
            last_wall_times: series.iter().map(|one| one.last_wall_time).collect(),
            word_numbers,
            words: words.into_iter().map(|(_, all)| all).collect(),
        }
    }
}

fn words_of(metadata: &Metadata) -> (String, String, String) {
    let Metadata {
        plugin,
        display_name,
        description,
        ..
    } = metadata;
    (plugin.clone(), display_name.clone(), description.clone())
}

//! What one refresh brought, as it is filled by those who take part in it.

/// What one refresh brought.
#[derive(Debug, Default)]
pub struct Report {
    pub n_points: u64,
    pub n_bytes: u64,
    /// Bytes that are there and were left to the next refresh, because the time was up.
    pub n_unread_bytes: u64,
    /// Numbers and names, sorted by name.
    pub new_runs: Vec<(u32, String)>,
    /// Names, sorted.
    pub removed_runs: Vec<String>,
    /// Runs that were read anew, because a file of theirs was replaced, cut or removed.
    pub reset_runs: Vec<u32>,
    /// Runs with new points or session records, ascending.
    pub changed_runs: Vec<u32>,
    /// (run, tag) of the series with new points, in no order.
    pub changed: Vec<(u32, u32)>,
    /// Of the table, for `Series::revision`.
    pub revision: u64,
}

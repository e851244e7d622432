//! Steps → segments: where a training went back, because it was restarted or because several writers share a tag.

/// Index of the first point of each segment; steps never go back within one. Empty for no steps.
#[must_use]
pub fn segments(steps: &[i64]) -> Vec<u64> {
    if steps.is_empty() {
        return Vec::new();
    }
    let backward = steps
        .windows(2)
        .enumerate()
        .filter(|(_, two)| two[1] < two[0])
        .map(|(at, _)| at as u64 + 1);
    std::iter::once(0).chain(backward).collect()
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_step_that_goes_back_begins_a_segment_and_an_equal_one_does_not() {
        assert_eq!(vec![0, 4, 5], segments(&[0, 1, 1, 9, 5, 2, 7]));
        assert_eq!(vec![0], segments(&[-3]));
        assert!(segments(&[]).is_empty());
    }
}

//! Chunks and a short open tail → the points of one series, and plain columns of them.

use std::sync::Arc;

use crate::chunk::{Chunk, CHUNK_POINTS};
use crate::restart::Restart;
use crate::types::{Place, Point};

/// All points of a scalar series at one moment; readers keep it as long as they like.
#[derive(Clone, Debug, Default)]
pub struct Scalars {
    pub chunks: Vec<Arc<Chunk>>,
    /// Behind the last chunk, in order.
    pub tail: Vec<Point>,
    /// Where the writer said that it started anew, ascending.
    pub restarts: Vec<Restart>,
}

/// Three plain columns of the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub steps: Vec<i64>,
    pub wall_times: Vec<f64>,
    pub values: Vec<f64>,
}

impl Columns {
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self {
            steps: Vec::with_capacity(n),
            wall_times: Vec::with_capacity(n),
            values: Vec::with_capacity(n),
        }
    }

    pub fn clear(&mut self) {
        self.steps.clear();
        self.wall_times.clear();
        self.values.clear();
    }

    /// Appends the points of a chunk.
    pub fn extend_from_chunk(&mut self, chunk: &Chunk) {
        chunk.decode_steps(|step| self.steps.push(step));
        chunk.decode_wall_times(|wall_time| self.wall_times.push(wall_time));
        chunk.decode_values(|value| self.values.push(value));
    }

    pub fn push(&mut self, point: Point) {
        self.steps.push(point.step);
        self.wall_times.push(point.wall_time);
        self.values.push(point.value);
    }
}

impl Scalars {
    #[must_use]
    pub fn n_points(&self) -> usize {
        self.chunks
            .iter()
            .map(|chunk| chunk.n_points())
            .sum::<usize>()
            + self.tail.len()
    }

    /// Every point in file order.
    #[must_use]
    pub fn columns(&self) -> Columns {
        let mut columns = Columns::with_capacity(self.n_points());
        self.chunks
            .iter()
            .for_each(|chunk| columns.extend_from_chunk(chunk));
        self.tail.iter().for_each(|&point| columns.push(point));
        columns
    }

    /// Appends sealed chunks, then loose points.
    pub fn append(&mut self, chunks: Vec<Chunk>, rest: &[Point]) {
        if !chunks.is_empty() && !self.tail.is_empty() {
            self.seal_tail();
        }
        self.chunks.extend(chunks.into_iter().map(Arc::new));
        for &point in rest {
            self.tail.push(point);
            if self.tail.len() == CHUNK_POINTS {
                self.seal_tail();
            }
        }
    }

    /// Appends a chunk that another series has as well.
    pub fn append_shared(&mut self, chunk: Arc<Chunk>) {
        if !self.tail.is_empty() {
            self.seal_tail();
        }
        self.chunks.push(chunk);
    }

    fn seal_tail(&mut self) {
        self.chunks.push(Arc::new(Chunk::seal(&self.tail)));
        self.tail.clear();
    }
}

/// What a series holds.
#[derive(Clone, Debug)]
pub enum Column {
    Scalars(Scalars),
    /// Everything that is no number stays on disk.
    Places(Vec<Place>),
}

impl Column {
    /// Bytes that the points take.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        match self {
            Self::Scalars(Scalars { chunks, tail, .. }) => {
                let chunks = chunks.iter().map(|chunk| chunk.n_bytes());
                chunks.sum::<usize>() + tail.capacity() * size_of::<Point>()
            }
            Self::Places(places) => places.capacity() * size_of::<Place>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scalars;
    use crate::chunk::CHUNK_POINTS;
    use crate::types::Point;

    #[test]
    fn appending_in_any_pieces_gives_the_same_points() {
        let points: Vec<Point> = (0..3000)
            .map(|i| Point {
                step: i,
                wall_time: i as f64,
                value: -i as f64,
            })
            .collect();
        let mut scalars = Scalars::default();
        for piece in points.chunks(700) {
            scalars.append(Vec::new(), piece);
        }
        assert!(scalars.tail.len() < CHUNK_POINTS);
        assert_eq!((0..3000).collect::<Vec<i64>>(), scalars.columns().steps);
        assert_eq!(3000, scalars.n_points());
    }
}

//! Threads that wait for changes of a log folder, until one comes, time passes, or all waiting ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::lock::hold;
use crate::watch::Bell;

/// Who waits, and for which bell.
#[derive(Default)]
pub(crate) struct Waiting {
    bell: Mutex<Option<Arc<Bell>>>,
    is_closed: AtomicBool,
    closing: (Mutex<()>, Condvar),
}

impl Waiting {
    /// Takes the bell that rings at changes, None where the system does not tell of them; whether there is something to
    /// wait for.
    pub fn start(&self, bell: Option<Arc<Bell>>) -> bool {
        let is_told = bell.is_some();
        *hold(&self.bell) = bell;
        is_told && !self.is_closed.load(Ordering::Acquire)
    }

    /// Waits until a file or folder changed, or until `stop`; false when the time passed instead. Where the system
    /// does not tell of changes, the time passes.
    pub fn wait(&self, timeout: Duration) -> bool {
        let bell = hold(&self.bell).clone();
        if self.is_closed.load(Ordering::Acquire) {
            return true;
        }
        match bell {
            Some(bell) => bell.wait(timeout),
            None => self.pause(timeout),
        }
    }

    /// Lets time pass, until `stop`; whether that was called.
    pub fn pause(&self, time: Duration) -> bool {
        let is_open = |_: &mut ()| !self.is_closed.load(Ordering::Acquire);
        let (lock, condition) = &self.closing;
        let (_guard, result) = condition
            .wait_timeout_while(hold(lock), time, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    /// Ends all waiting, now and later.
    pub fn stop(&self) {
        {
            let _guard = hold(&self.closing.0);
            self.is_closed.store(true, Ordering::Release);
        }
        self.closing.1.notify_all();
        if let Some(bell) = &*hold(&self.bell) {
            bell.wake();
        }
    }
}

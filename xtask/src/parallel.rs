//! The same work on many things, several at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `work` on every item, on so many threads; the results in the items' order.
///
/// # Panics
/// When `work` does.
pub(crate) fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<_> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    let result = work(item);
                    *results[number].lock().expect("nobody panics with it") = Some(result);
                }
            });
        }
    });
    let result = |result: Mutex<Option<R>>| {
        let result = result.into_inner().expect("nobody panicked with it");
        result.expect("every item was worked on")
    };
    results.into_iter().map(result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_order() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [1, 3, 200] {
            let doubled = super::map(threads, &items, |item| item * 2);
            assert!(
                doubled
                    .iter()
                    .enumerate()
                    .all(|(i, result)| *result == 2 * i)
            );
        }
        assert!(super::map(4, &[0u8; 0], |_| ()).is_empty());
    }
}

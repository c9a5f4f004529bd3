//! Which request a statement is of, where several go on at once.

/// Why it cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnclearCause {
    /// There are more statements than requests that go on.
    SideBySide,
    /// Any of several requests may have sent it.
    Several,
}

/// For each statement, the request that it is of. `steps` says of each the request that used
/// its connection last, and `sessions` which requests go on and hold no connection.
///
/// Where one request goes on, all is its own. Where several do, a statement is of the one
/// that used its connection last, unless two statements would be of one; and what is left
/// over is of the request that is left over, where each has sent something.
pub(super) fn causes(
    steps: &[Option<usize>],
    sessions: &[usize],
) -> Result<Vec<usize>, UnclearCause> {
    if steps.len() > sessions.len() {
        return Err(UnclearCause::SideBySide);
    }
    if let ([_], [only]) = (steps, sessions) {
        return Ok(vec![*only]);
    }
    let by_use: Vec<Option<usize>> = steps
        .iter()
        .map(|last| last.filter(|last| sessions.contains(last)))
        .collect();
    let mut found: Vec<usize> = by_use.iter().flatten().copied().collect();
    found.sort_unstable();
    if found.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(UnclearCause::Several);
    }
    let others = sessions.iter().filter(|session| !found.contains(session));
    let mut others = others.copied();
    let (left, rest) = (others.next(), others.next());
    let unclear = by_use.iter().filter(|cause| cause.is_none()).count();
    match (unclear, left, rest) {
        (0, _, _) => Ok(found_in_order(&by_use, 0)),
        (1, Some(left), None) => Ok(found_in_order(&by_use, left)),
        _ => Err(UnclearCause::Several),
    }
}

fn found_in_order(by_use: &[Option<usize>], left: usize) -> Vec<usize> {
    by_use.iter().map(|cause| cause.unwrap_or(left)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_that_goes_on_is_the_cause_whatever_the_connection() {
        assert_eq!(causes(&[None], &[1]), Ok(vec![1]));
        assert_eq!(causes(&[Some(0)], &[1]), Ok(vec![1]));
        let two = causes(&[None, None], &[1]);
        assert_eq!(two, Err(UnclearCause::SideBySide));
    }

    #[test]
    fn of_several_the_one_that_used_the_connection_last_is() {
        assert_eq!(causes(&[Some(1), Some(0)], &[0, 1]), Ok(vec![1, 0]));
        assert_eq!(causes(&[Some(1)], &[0, 1]), Ok(vec![1]));
    }

    #[test]
    fn what_is_left_over_is_of_the_request_that_is_left_over() {
        assert_eq!(causes(&[None, Some(0)], &[0, 1]), Ok(vec![1, 0]));
        // A request that does not go on has left the connection to another one.
        assert_eq!(causes(&[Some(7), Some(0)], &[0, 1]), Ok(vec![1, 0]));
    }

    #[test]
    fn what_several_may_have_sent_is_of_none() {
        for (steps, sessions) in [
            (&[None][..], &[0, 1][..]),
            (&[None, None], &[0, 1]),
            (&[Some(0), Some(0)], &[0, 1]),
            (&[Some(0), None], &[0, 1, 2]),
        ] {
            let cause = causes(steps, sessions);
            assert_eq!(cause, Err(UnclearCause::Several), "{steps:?} {sessions:?}");
        }
    }
}

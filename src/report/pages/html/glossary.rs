//! The words of the page, each with what it means.

use maud::{Markup, html};

/// As ARCHITECTURE.md words them.
const WORDS: [(&str, &str); 12] = [
    (
        "verdict",
        "The one word for what was found: the worst that is proven, else unsupported, inconclusive or safe.",
    ),
    (
        "cell",
        "A strategy at an isolation level: what is compared.",
    ),
    (
        "control",
        "A strategy that is meant to fail: it shows that the scenario can break a checkout.",
    ),
    ("reference", "The cell that the others are compared with."),
    (
        "attempt",
        "One try of a checkout, in a transaction of its own.",
    ),
    (
        "conflict",
        "Why an attempt was lost to concurrency, such as a deadlock or a stale version.",
    ),
    (
        "outcome",
        "How a checkout ended, as its buyer was told: sold, sold out, gave up, failed.",
    ),
    ("load", "Many buyers at full speed."),
    (
        "small shop",
        "The few buyers whose every schedule is tried, or a sample of them, with their carts and the stock.",
    ),
    (
        "schedule",
        "Which buyer moves next, letter by letter and statement by statement: AABB is two statements of A, then two of B.",
    ),
    (
        "representative",
        "A schedule that stands for all that differ only in the sequence of independent statements.",
    ),
    (
        "ending",
        "What schedules leave behind: those that cannot be told apart end alike.",
    ),
];

/// Of the words only those that the rest of the page uses.
pub(super) fn render(rest: &[&Markup]) -> Markup {
    let texts = rest.iter().map(|part| text_of(&part.0));
    let text = in_words(&texts.collect::<Vec<_>>().join(" "));
    let used = || WORDS.iter().filter(|(word, _)| uses(&text, word));
    html! {
        @if used().next().is_some() {
            section aria-labelledby="words" {
                h2 #words { "Words" }
                dl.words {
                    @for (word, meaning) in used() {
                        dt { (word) }
                        dd { p { (meaning) } }
                    }
                }
            }
        }
    }
}

fn uses(text: &str, word: &str) -> bool {
    text.contains(&format!(" {word} ")) || text.contains(&format!(" {word}s "))
}

/// What is read of markup: tags and their attributes are not.
fn text_of(markup: &str) -> String {
    let mut is_tag = false;
    let read = |c: char| {
        let (was_tag, opens) = (is_tag, c == '<');
        is_tag = opens || was_tag && c != '>';
        match was_tag || opens {
            true => opens.then_some(' '),
            false => Some(c),
        }
    };
    markup.chars().filter_map(read).collect()
}

/// In lower case, with a space before and behind each word.
fn in_words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maud::PreEscaped;

    fn words_of(page: &str) -> Vec<&'static str> {
        let drawn = render(&[&PreEscaped(page.to_owned())]).0;
        let has = |word: &&str| drawn.contains(&format!("<dt>{word}</dt>"));
        WORDS
            .map(|(word, _)| word)
            .into_iter()
            .filter(has)
            .collect()
    }

    #[test]
    fn a_word_is_explained_where_it_is_read() {
        assert_eq!(
            words_of("<p>Two <b>small</b>\n shops. Cells, endings</p>"),
            ["cell", "small shop", "ending"]
        );
        assert_eq!(
            words_of("<b>A small shop</b> <i>Schedule:</i>"),
            ["small shop", "schedule"]
        );
        assert!(words_of("<td role=\"cell\" title='a conflict'>cellar, unload</td>").is_empty());
    }
}

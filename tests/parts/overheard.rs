//! What is read of the bytes between a program and its database.

use checkout_sim::database::wire::Outbox;
use checkout_sim::explore::overheard::{Exchange, HeardReply, SentHow, Talk};
use checkout_sim::explore::overheard::{TappedBytes, TappedSide};

const INT4: u32 = 23;
const NUMERIC: u32 = 1700;

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

fn shorts(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Values, each with its length before it.
fn values(values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = shorts(&[u16::try_from(values.len()).unwrap()]);
    for value in values {
        let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap());
        body.extend(length.to_be_bytes());
        body.extend(value.unwrap_or_default());
    }
    body
}

fn columns(columns: &[(&str, u32)]) -> Vec<u8> {
    let mut body = shorts(&[u16::try_from(columns.len()).unwrap()]);
    for (name, oid) in columns {
        body.extend([name.as_bytes(), &[0; 7]].concat());
        body.extend(oid.to_be_bytes());
        body.extend([0; 8]);
    }
    frame(b'T', &body)
}

fn row(of: &[Option<&[u8]>]) -> Vec<u8> {
    frame(b'D', &values(of))
}

fn done(tag: &str) -> Vec<u8> {
    frame(b'C', &[tag.as_bytes(), b"\0"].concat())
}

fn ready(status: u8) -> Vec<u8> {
    frame(b'Z', &[status])
}

/// What a program says, and what it is answered.
type SaidAndAnswered<'f> = (&'f [Vec<u8>], &'f [Vec<u8>]);

/// A connection, of which each pair is what the program says and what it is answered.
fn heard(said: &[SaidAndAnswered<'_>]) -> Talk {
    let mut startup = Outbox::default();
    startup.startup([("user", "me")]);
    let piece = |side, bytes: Vec<u8>| TappedBytes {
        connection: 1,
        side,
        bytes,
    };
    let mut pieces = vec![
        piece(TappedSide::Client, startup.bytes().to_vec()),
        piece(TappedSide::Server, ready(b'I')),
    ];
    for (client, server) in said {
        pieces.push(piece(TappedSide::Client, client.concat()));
        pieces.push(piece(TappedSide::Server, server.concat()));
    }
    let talk = Talk::read(&pieces);
    assert_eq!(talk.unread, [""; 0]);
    talk
}

/// Columns with their types, rows, and the tag.
type Reply<'r> = (Vec<(&'r str, u32)>, &'r [Vec<Option<String>>], &'r str);

fn said(reply: &HeardReply) -> Reply<'_> {
    let columns = reply.columns.iter();
    let columns = columns.map(|column| (column.name.as_str(), column.type_oid));
    let tag = reply.tag.as_deref().unwrap_or("none");
    (columns.collect(), &reply.rows, tag)
}

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

#[test]
fn each_statement_of_a_text_has_its_rows() {
    let text = b"begin; look; look again\0";
    let talk = heard(&[(
        &[frame(b'Q', text)],
        &[
            done("BEGIN"),
            columns(&[("stock", INT4), ("name", 25)]),
            row(&[Some(b"5"), None]),
            done("SELECT 1"),
            columns(&[("id", INT4)]),
            row(&[Some(b"1")]),
            row(&[Some(b"2")]),
            row(&[Some(b"3")]),
            done("SELECT 3"),
            ready(b'T'),
        ],
    )]);
    let [Exchange { how, replies, .. }] = talk.exchanges.as_slice() else {
        panic!("{:?}", talk.exchanges);
    };
    assert_eq!(*how, SentHow::Simple);
    let [begun, first, second] = replies.as_slice() else {
        panic!("{replies:?}");
    };
    assert_eq!(said(begun), (vec![], &[][..], "BEGIN"));
    let stock = vec![some("5"), None];
    let of_first = vec![("stock", INT4), ("name", 25)];
    assert_eq!(said(first), (of_first, &[stock][..], "SELECT 1"));
    assert_eq!(second.row_count, 3);
    assert_eq!(second.rows, [[some("1")], [some("2")]], "the first ones");
}

/// A statement that was described when it was prepared is answered without the names of its
/// columns, and its values are binary both ways.
#[test]
fn values_of_a_prepared_statement_are_read_by_the_types_that_the_server_told() {
    let parse = frame(b'P', b"s1\0look $1\0\0\0");
    let describe = frame(b'D', b"Ss1\0");
    let types = frame(b't', &[&shorts(&[1])[..], &INT4.to_be_bytes()].concat());
    let bind = |value: i32| {
        let formats = shorts(&[1, 1]);
        let given = values(&[Some(&value.to_be_bytes())]);
        frame(b'B', &[&b"\0s1\0"[..], &formats, &given, &formats].concat())
    };
    let execute = frame(b'E', b"\0\0\0\0\0");
    let sync = frame(b'S', b"");
    let price = shorts(&[2, 0, 0, 2, 19, 9_900]);
    let shown = columns(&[("stock", INT4), ("price", NUMERIC)]);
    let answered = |stock: i32| {
        let of_row = row(&[Some(&stock.to_be_bytes()), Some(&price)]);
        [frame(b'2', b""), of_row, done("SELECT 1"), ready(b'I')]
    };
    let talk = heard(&[
        (
            &[parse, describe, sync.clone()],
            &[frame(b'1', b""), types, shown, ready(b'I')],
        ),
        (&[bind(7), execute.clone(), sync.clone()], &answered(5)),
        (&[bind(8), execute, sync], &answered(4)),
    ]);
    let values = talk.exchanges.iter().map(|exchange| {
        assert_eq!((&*exchange.sql, exchange.how), ("look $1", SentHow::Named));
        assert_eq!(exchange.types, [INT4]);
        let [reply] = exchange.replies.as_slice() else {
            panic!("{exchange:?}");
        };
        let of_reply = vec![("stock", INT4), ("price", NUMERIC)];
        assert_eq!(said(reply).0, of_reply);
        (exchange.binds.clone(), reply.rows.clone())
    });
    let five = (vec![some("7")], vec![vec![some("5"), some("19.99")]]);
    let four = (vec![some("8")], vec![vec![some("4"), some("19.99")]]);
    assert_eq!(values.collect::<Vec<_>>(), [five, four]);
}

/// The statement without a name is another one each time.
#[test]
fn columns_of_a_statement_are_forgotten_with_it() {
    let prepare = |text: &str| frame(b'P', &[b"\0", text.as_bytes(), &[0; 3]].concat());
    let given = [&shorts(&[0])[..], &values(&[Some(b"7")]), &shorts(&[0])].concat();
    let bind = frame(b'B', &[&b"\0\0"[..], &given].concat());
    let execute = frame(b'E', b"\0\0\0\0\0");
    let sync = frame(b'S', b"");
    let (described, bound) = (frame(b'D', b"S\0"), frame(b'2', b""));
    let talk = heard(&[
        (
            &[prepare("look"), described, bind.clone(), execute.clone()],
            &[
                frame(b'1', b""),
                frame(b't', &[&shorts(&[1])[..], &INT4.to_be_bytes()].concat()),
                columns(&[("stock", INT4)]),
                bound.clone(),
            ],
        ),
        (
            std::slice::from_ref(&sync),
            &[row(&[Some(b"5")]), done("SELECT 1"), ready(b'I')],
        ),
        (
            &[prepare("look elsewhere"), bind, execute, sync.clone()],
            &[
                frame(b'1', b""),
                bound,
                row(&[Some(b"6")]),
                done("SELECT 1"),
                ready(b'I'),
            ],
        ),
    ]);
    let names = talk.exchanges.iter().map(|exchange| {
        let reply = &exchange.replies[0];
        (said(reply).0, reply.rows.clone())
    });
    // The first one was executed before its columns had come.
    let first = (vec![("stock", INT4)], vec![vec![some("5")]]);
    let second = (vec![], vec![vec![some("6")]]);
    assert_eq!(names.collect::<Vec<_>>(), [first, second]);
    let types = talk.exchanges.iter().map(|exchange| exchange.types.clone());
    assert_eq!(types.collect::<Vec<_>>(), [vec![INT4], vec![]]);
}

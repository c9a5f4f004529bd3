//! How the room of dead rows is given back.

use super::sql::OfTable;

/// Behind it an emptied table is as one that never had a row: so the rows that are put in next lie
/// where the first ones did. To give pages back costs a write to the disk. Long values lie in
/// tables of their own, where no place matters.
pub(super) fn vacuum(tables: &[OfTable<'_>], gives_pages_back: bool, leaves_toast: bool) -> String {
    let truncate = match gives_pages_back {
        true => "on",
        false => "off",
    };
    let toast = match leaves_toast {
        true => ", PROCESS_TOAST off",
        false => "",
    };
    let names: Vec<&str> = tables.iter().map(|table| table.table).collect();
    format!(
        "VACUUM (INDEX_CLEANUP on, TRUNCATE {truncate}{toast}) {}",
        names.join(", ")
    )
}

//! What is kept in schema `sim` for the way back, and what has none.

use super::tables::{self, OwnTable, array};
use super::{sql, statistics_sql, vacuum_sql};
use crate::database::error::ServerError;
use crate::database::own_tables::Unresettable;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::wire::WireFailure;

/// Rows up to which a table is put back in its first order.
pub(super) const SMALL_ROWS_MAX: usize = 1_000;

/// What was found when a database was prepared.
#[derive(Debug, Default)]
pub(super) struct TableStart {
    /// What has no way back; then nothing is prepared.
    pub(super) unresettable: Vec<Unresettable>,
    /// The tables of more rows than [`SMALL_ROWS_MAX`].
    pub(super) large: Vec<String>,
}

/// Keeps the rows and sequences as they are, and lays small tables out as each reset will: so
/// the first schedule starts from the same places as every later one.
pub(super) async fn prepare(link: &mut TextLink) -> Result<TableStart, ServerError> {
    let unresettable = look(link).await?;
    if !unresettable.is_empty() {
        return Ok(TableStart {
            unresettable,
            large: Vec::new(),
        });
    }
    const KEEP: &str = "keep the start of the tables";
    for sql in sql::MAKE_SIM {
        link.tell(sql, KEEP).await?;
    }
    let failed = while_trying_to(KEEP);
    let tables = tables::find(link).await.map_err(failed)?;
    link.tell(statistics_sql::KEEP_STATISTICS, KEEP).await?;
    let mut large = Vec::new();
    for table in &tables {
        for sql in [
            table.sql().stop_autovacuum(),
            table.sql().keep(),
            table.sql().number_rows(),
        ] {
            link.tell(&sql, KEEP).await?;
        }
        let failed = while_trying_to(KEEP);
        let kept = link
            .run(&table.sql().keep_count(), &[Some(&table.oid)])
            .await;
        let rows = kept
            .map_err(failed)?
            .get(0, 0)
            .and_then(|text| text.parse().ok());
        if rows.unwrap_or(0) <= SMALL_ROWS_MAX {
            lay_out_again(link, table).await?;
        } else {
            large.push(table.shown.clone());
            link.tell(&table.sql().analyze(), "analyze a table").await?;
        }
    }
    if is_superuser(link).await? {
        link.tell(statistics_sql::RESTORE_STATISTICS, KEEP).await?;
    }
    let failed = while_trying_to("find the sequences");
    let sequences = link.run(sql::FIND_SEQUENCES, &[]).await.map_err(failed)?;
    for row in 0..sequences.len() {
        let keep = sql::keep_sequence(sequences.get(row, 0).unwrap_or_default());
        link.tell(&keep, "keep the value of a sequence").await?;
    }
    Ok(TableStart {
        unresettable,
        large,
    })
}

/// Whether what the planner knows of the tables can be put back with them.
pub(super) async fn is_superuser(link: &mut TextLink) -> Result<bool, ServerError> {
    let told = link.run(statistics_sql::IS_SUPERUSER, &[]).await;
    let told = told.map_err(while_trying_to("ask what the role may do"))?;
    Ok(told.get(0, 0) == Some("t"))
}

/// Empties a table and fills it in its first order, and keeps where each row lies now.
async fn lay_out_again(link: &mut TextLink, table: &OwnTable) -> Result<(), ServerError> {
    const LAY_OUT: &str = "lay a table out";
    link.tell(&table.sql().empty(), LAY_OUT).await?;
    link.tell(&vacuum_sql::vacuum(&[table.sql()], true, false), LAY_OUT)
        .await?;
    let failed = |failure: WireFailure| while_trying_to(LAY_OUT)(failure);
    let filled = link.run(&table.sql().fill(), &[]).await.map_err(failed)?;
    let places: Vec<&str> = (0..filled.len())
        .filter_map(|row| filled.get(row, 0))
        .collect();
    let keep = table.sql().keep_places();
    link.run(&keep, &[Some(&array(&places))])
        .await
        .map_err(failed)?;
    Ok(())
}

/// What has no way back.
async fn look(link: &mut TextLink) -> Result<Vec<Unresettable>, ServerError> {
    let failed =
        |failure: WireFailure| while_trying_to("look for what cannot be put back")(failure);
    let mut found = Vec::new();
    if !link
        .run(sql::SIM_EXISTS, &[])
        .await
        .map_err(failed)?
        .is_empty()
    {
        found.push(Unresettable {
            name: "schema sim".into(),
            why: "has the name of the schema that sim adds: give it another one".into(),
        });
    }
    let mut questions = vec![sql::NOT_RESETTABLE];
    match link.run(sql::TRIGGERS_OFF, &[]).await {
        Err(failure) if failure.sqlstate() == Some("42501") => {
            questions.push(sql::NEED_TRIGGERS_OFF);
        }
        done => drop(done.map_err(failed)?),
    }
    for question in questions {
        let rows = link.run(question, &[]).await.map_err(failed)?;
        let text = |row, column| rows.get(row, column).unwrap_or_default().to_owned();
        found.extend((0..rows.len()).map(|row| Unresettable {
            name: text(row, 0),
            why: text(row, 1),
        }));
    }
    Ok(found)
}

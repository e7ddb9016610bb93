//! Tables in Markdown, with columns that line up.

/// A table.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// How many columns hold text; the others hold numbers and go to the right.
    texts: usize,
}

impl Table {
    /// A table with these headings, of which the first `texts` are over text.
    pub(crate) fn new<I>(texts: usize, headings: I) -> Table
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Table {
            rows: vec![headings.into_iter().map(Into::into).collect()],
            texts,
        }
    }

    /// Adds a row.
    pub(crate) fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether there is nothing but headings.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                if column < self.texts {
                    write!(f, "| {cell:<width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let line = "-".repeat(width + 1);
                    let end = if column < self.texts { "-" } else { ":" };
                    write!(f, "|{line}{end}")?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(1, ["name", "s"]);
        table.row(["a", "10.5"]);
        let expected = "| name |    s |\n|------|-----:|\n| a    | 10.5 |\n";
        assert_eq!(table.to_string(), expected);
    }
}

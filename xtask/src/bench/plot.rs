//! A bar chart as SVG.

use std::fmt::Write as _;

/// The colours of the bars, which stay apart for colour-blind readers too.
const COLOURS: [&str; 6] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#999999",
];
const WIDTH: f64 = 960.0;
/// The room for names on the left, and for numbers on the right.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 90.0;
const BAR: f64 = 11.0;
const GAP: f64 = 9.0;

/// Groups of horizontal bars.
pub(crate) struct Chart<'a> {
    /// What stands above.
    pub(crate) title: &'a str,
    /// What the numbers mean.
    pub(crate) note: &'a str,
    /// The names of the bars of each group.
    pub(crate) series: &'a [&'a str],
    /// The groups: a name, and a number for each bar that there is.
    pub(crate) groups: &'a [(String, Vec<Option<f64>>)],
    /// The greatest number that is drawn in full.
    pub(crate) limit: f64,
}

impl Chart<'_> {
    /// The chart as an SVG document.
    pub(crate) fn svg(&self) -> String {
        let group_height = BAR * self.series.len() as f64 + GAP;
        let bottom = TOP + group_height * self.groups.len() as f64;
        let height = bottom + 24.0;
        let numbers = self.groups.iter().flat_map(|(_, numbers)| numbers);
        let greatest = numbers.flatten().copied().fold(1.0, f64::max);
        let end = greatest.min(self.limit);
        let scale = (WIDTH - LEFT - RIGHT) / end;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"12\" y=\"26\" font-size=\"18\" font-weight=\"bold\">{}</text>\n\
             <text x=\"12\" y=\"46\">{}</text>\n",
            escaped(self.title),
            escaped(self.note),
        );
        for (number, name) in self.series.iter().enumerate() {
            let x = 12.0 + 100.0 * number as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"58\" width=\"12\" height=\"12\" fill=\"{}\"/>\
                 <text x=\"{}\" y=\"68\">{}</text>",
                colour(number),
                x + 18.0,
                escaped(name),
            );
        }
        self.grid(&mut svg, end, scale, bottom);
        for (group, (name, numbers)) in self.groups.iter().enumerate() {
            let y = TOP + group_height * group as f64;
            let middle = y + (group_height - GAP) / 2.0 + 4.0;
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                escaped(name),
            );
            for (number, value) in numbers.iter().enumerate() {
                if let Some(value) = value {
                    let y = y + BAR * number as f64;
                    let width = value.min(end) * scale;
                    let _ = writeln!(
                        svg,
                        "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" \
                         fill=\"{}\"/><text x=\"{:.1}\" y=\"{}\" font-size=\"9\">{value:.2}</text>",
                        BAR - 1.0,
                        colour(number),
                        LEFT + width + 4.0,
                        y + BAR - 3.0,
                    );
                }
            }
        }
        svg += "</svg>\n";
        svg
    }

    /// Lines at whole numbers; the one at 1 is stronger.
    fn grid(&self, svg: &mut String, end: f64, scale: f64, bottom: f64) {
        let steps = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
        let step = steps.into_iter().find(|step| end / step <= 12.0);
        let step = step.unwrap_or(end);
        let mut value = 0.0;
        while value <= end {
            let x = LEFT + value * scale;
            let colour = if value == 1.0 { "#555" } else { "#ddd" };
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{colour}\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#666\">{value}</text>",
                TOP - 4.0,
                bottom + 14.0,
            );
            value += step;
        }
    }
}

fn colour(number: usize) -> &'static str {
    COLOURS[number % COLOURS.len()]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_to_scale_and_cut_off() {
        let groups = [
            ("a<b".to_owned(), vec![Some(1.0), None]),
            ("c".to_owned(), vec![Some(2.0), Some(50.0)]),
        ];
        let chart = Chart {
            title: "title",
            note: "note",
            series: &["x", "y"],
            groups: &groups,
            limit: 4.0,
        };
        let svg = chart.svg();
        assert!(svg.contains("a&lt;b"));
        let full = WIDTH - LEFT - RIGHT;
        for width in [full / 4.0, full / 2.0, full] {
            assert!(svg.contains(&format!("width=\"{width:.1}\"")), "{width}");
        }
        assert!(svg.contains(">50.00<"));
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    }
}

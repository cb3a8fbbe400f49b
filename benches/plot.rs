//! Plots as SVG, with logarithmic scales.

use std::fmt::Write;

use crate::report::grouped;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 240.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 45.0;
const LINE_HEIGHT: f64 = 18.0;
/// Told apart by those who do not see all colours, too.
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"];

pub struct Plot {
    /// What the axes show.
    across: &'static str,
    up: &'static str,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// Powers of ten, and where they are.
struct Scale {
    least: i32,
    most: i32,
    /// Of the least and the most.
    places: (f64, f64),
}

impl Scale {
    /// Around all values.
    fn around(values: impl Iterator<Item = f64> + Clone, places: (f64, f64)) -> Self {
        let least = values.clone().fold(f64::MAX, f64::min).log10().floor() as i32;
        let most = values.fold(f64::MIN, f64::max).log10().ceil() as i32;
        Scale { least, most: most.max(least + 1), places }
    }

    fn place(&self, value: f64) -> f64 {
        let (from, to) = self.places;
        from + (value.log10() - f64::from(self.least)) / f64::from(self.most - self.least) * (to - from)
    }

    /// The powers with their places and names.
    fn powers(&self) -> impl Iterator<Item = (f64, String)> {
        (self.least..=self.most).map(move |exponent| {
            let value = 10_f64.powi(exponent);
            let name = if exponent < 0 { format!("{value}") } else { grouped(value as u64) };
            (self.place(value), name)
        })
    }
}

impl Plot {
    pub fn new(across: &'static str, up: &'static str) -> Self {
        Plot { across, up, lines: Vec::new() }
    }

    /// Adds a point to the line of that name. What is not above 0 has no place on a logarithmic scale.
    pub fn add(&mut self, line: &str, x: f64, y: f64) {
        if x <= 0.0 || y <= 0.0 {
            return;
        }
        match self.lines.iter_mut().find(|(name, _)| name == line) {
            Some((_, points)) => points.push((x, y)),
            None => self.lines.push((line.to_owned(), vec![(x, y)])),
        }
    }

    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let right = WIDTH - RIGHT;
        let x = Scale::around(points().map(|point| point.0), (LEFT, right));
        let y = Scale::around(points().map(|point| point.1), (HEIGHT - BOTTOM, TOP));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        for (at, name) in x.powers() {
            line(&mut svg, [(at, HEIGHT - BOTTOM), (at, TOP)], "stroke=\"#ddd\"");
            text(&mut svg, (at, HEIGHT - BOTTOM + 18.0), "middle", &name);
        }
        for (at, name) in y.powers() {
            line(&mut svg, [(LEFT, at), (right, at)], "stroke=\"#ddd\"");
            text(&mut svg, (LEFT - 8.0, at + 4.0), "end", &name);
        }
        let axes = format!("{}; vertically: {}", self.across, self.up);
        text(&mut svg, ((LEFT + right) / 2.0, HEIGHT - 8.0), "middle", &axes);
        for (number, (name, points)) in self.lines.iter().enumerate() {
            let dashes = if number < COLOURS.len() { "none" } else { "5 3" };
            let style = format!(
                "stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\" fill=\"none\"",
                COLOURS[number % COLOURS.len()]
            );
            line(&mut svg, points.iter().map(|(across, up)| (x.place(*across), y.place(*up))), &style);
            let at = TOP + LINE_HEIGHT * (number as f64 + 0.5);
            line(&mut svg, [(right + 12.0, at), (right + 34.0, at)], &style);
            text(&mut svg, (right + 40.0, at + 4.0), "start", name);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn line(svg: &mut String, points: impl IntoIterator<Item = (f64, f64)>, style: &str) {
    let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    writeln!(svg, "<polyline points=\"{}\" {style}/>", points.join(" ")).unwrap();
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>").unwrap();
}

//! Plots as SVG.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::report::{Measured, grouped};

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

/// Requests per second of each question against the number of listings, both on logarithmic scales.
pub fn requests(measured: &[Measured]) -> String {
    let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for Measured { listings, question, comparison, .. } in measured {
        let point = ((*listings as f64).log10(), comparison.capi.requests.max(1.0).log10());
        lines.entry(question).or_default().push(point);
    }
    let points = || lines.values().flatten();
    let left = points().map(|point| point.0).fold(f64::MAX, f64::min).floor();
    let right = points().map(|point| point.0).fold(left + 1.0, f64::max).ceil();
    let top = points().map(|point| point.1).fold(1.0, f64::max).ceil();
    let x = |value: f64| LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for exponent in left as i32..=right as i32 {
        let (at, label) = (x(f64::from(exponent)), power(exponent));
        line(&mut svg, (at, y(0.0)), (at, y(top)));
        text(&mut svg, (at, HEIGHT - BOTTOM + 18.0), "middle", &label);
    }
    for exponent in 0..=top as i32 {
        let (at, label) = (y(f64::from(exponent)), power(exponent));
        line(&mut svg, (x(left), at), (x(right), at));
        text(&mut svg, (LEFT - 8.0, at + 4.0), "end", &label);
    }
    text(
        &mut svg,
        (x((left + right) / 2.0), HEIGHT - 8.0),
        "middle",
        "listings; vertically: requests a second",
    );
    for (number, (question, points)) in lines.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let dashes = if number < COLOURS.len() { "none" } else { "5 3" };
        let path: String =
            points.iter().map(|(at, value)| format!("{:.1},{:.1} ", x(*at), y(*value))).collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>",
            path.trim_end()
        )
        .unwrap();
        let at = TOP + LINE_HEIGHT * (number as f64 + 0.5);
        writeln!(
            svg,
            "<line x1=\"{:.1}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>",
            WIDTH - RIGHT + 12.0,
            WIDTH - RIGHT + 34.0
        )
        .unwrap();
        let short = question.replace('`', "");
        let short = short.split(':').next().unwrap_or_default();
        text(&mut svg, (WIDTH - RIGHT + 40.0, at + 4.0), "start", short);
    }
    svg.push_str("</svg>\n");
    svg
}

fn power(exponent: i32) -> String {
    grouped(10_u64.pow(exponent.max(0) as u32))
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>")
        .unwrap();
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>").unwrap();
}
